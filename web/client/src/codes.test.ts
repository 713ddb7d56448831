/// <reference types="vite/client" />
import page from '../../../docs/reasons.md?raw';
import { expect, test } from 'vitest';
import { transientCodes, uselessTokenCodes } from './types';

/** The codes of one section of the page, which the server's own tests compare with what it sends. */
function codesOf(section: string): Set<string> {
  const text = page.split(`### ${section}\n`)[1]?.split('\n### ')[0] ?? '';
  return new Set([...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code ?? ''));
}

test('the codes with which a token ends are those of the server', () => {
  expect(codesOf('The token ends').size).toBeGreaterThan(5);
  expect(uselessTokenCodes).toEqual(codesOf('The token ends'));
});

test('the codes after which the same is tried again are those of the server', () => {
  expect(transientCodes).toEqual(codesOf('For now'));
});
