import { HoldfastClient, whenOpened } from '@holdfast/client';
import { render } from 'preact';
import '../style.css';
import { PlayerPage } from './player-page';

const client = new HoldfastClient();
render(<PlayerPage client={client} />, document.getElementById('page')!);
whenOpened(() => client.start());
