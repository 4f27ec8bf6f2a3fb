import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Installation, INSTALLATION } from '../installation.js';
import { serviceUser } from './launcher.js';

/** The facts by which the command is written, of this process by default. */
export interface CommandSurroundings {
  /** The working directory. */
  readonly folder: string;
  /** The user of the service that this process is, if it is one. */
  readonly serviceUser: string | undefined;
  readonly host: string;
}

/** Docker names a container by these digits, unless its operator names it. */
const CONTAINER_ID = /^[0-9a-f]{12}$/;

/** How an operator runs `plaza ARGS` here, as they can paste it into a shell. */
export function plazaCommand(
  args: string,
  { kind, folder }: Installation = INSTALLATION,
  surroundings: CommandSurroundings = {
    folder: process.cwd(),
    serviceUser: serviceUser(),
    host: hostname(),
  },
): string {
  if (kind === 'container') return `docker ${containerCommand(surroundings.host)} plaza ${args}`;
  if (kind !== 'checkout') return `plaza ${args}`;
  const script = `node ${join(folder, 'bin/plaza.js')} ${args}`;
  if (surroundings.serviceUser !== undefined) return `${asService(surroundings)}${script}`;
  return surroundings.folder === folder ? `npm run --silent plaza -- ${args}` : script;
}

function containerCommand(host: string): string {
  return CONTAINER_ID.test(host) ? `exec ${host}` : 'compose exec plaza';
}

/** A service's user has no shell, as a rule, and sudo is not everywhere. */
function asService({ serviceUser: user = 'root', folder }: CommandSurroundings): string {
  const there = `cd ${folder} && `;
  return user === 'root' ? there : `${there}runuser -u ${user} -- `;
}
