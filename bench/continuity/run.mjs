export async function measureContinuity() { return []; }
