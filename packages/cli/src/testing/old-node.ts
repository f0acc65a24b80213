import { spawnSync } from 'node:child_process';

const usualPlaces = ['/usr/bin/node', '/usr/local/bin/node', '/opt/node/bin/node'];

/** A Node of this machine that is too old for the sources, if there is one: the launcher must hand over from it. */
export const oldNode = usualPlaces.find((path) => {
  const answer = spawnSync(path, ['--version'], { encoding: 'utf8' });
  const major = Number.parseInt(answer.stdout?.slice(1) ?? '', 10);
  return answer.status === 0 && major >= 18 && major < 24;
});
