import { type InstallationKind } from '../installation.js';
import { type CommandSurroundings, plazaCommand } from './plaza-command.js';

const AT_A_TERMINAL: CommandSurroundings = { folder: '/opt/plaza', serviceUser: undefined, host: 'mail' };
const IN_THE_JOURNAL = { ...AT_A_TERMINAL, serviceUser: 'plaza' };

it.each<[string, InstallationKind, CommandSurroundings, string]>([
  ['in the folder of a checkout', 'checkout', AT_A_TERMINAL, 'npm run --silent plaza -- mod list'],
  [
    'in another folder, whose settings it is to find',
    'checkout',
    { ...AT_A_TERMINAL, folder: '/home/ada' },
    'node /opt/plaza/bin/plaza.js mod list',
  ],
  [
    'for a checkout that systemd runs as a user without a shell',
    'checkout',
    IN_THE_JOURNAL,
    'cd /opt/plaza && runuser -u plaza -- node /opt/plaza/bin/plaza.js mod list',
  ],
  [
    'for a checkout that systemd runs as root',
    'checkout',
    { ...IN_THE_JOURNAL, serviceUser: 'root' },
    'cd /opt/plaza && node /opt/plaza/bin/plaza.js mod list',
  ],
  ['for a package of npm', 'package', AT_A_TERMINAL, 'plaza mod list'],
  ['for the Debian package, in the journal, too', 'debian', IN_THE_JOURNAL, 'plaza mod list'],
  [
    'for a container that Docker has named',
    'container',
    { ...AT_A_TERMINAL, host: '1f2e3d4c5b6a' },
    'docker exec 1f2e3d4c5b6a plaza mod list',
  ],
  [
    'for a container that has a name',
    'container',
    { ...AT_A_TERMINAL, host: 'plaza-1' },
    'docker compose exec plaza plaza mod list',
  ],
])('messages name the plaza command by which it is run %s', (_, kind, surroundings, command) => {
  expect(plazaCommand('mod list', { kind, folder: '/opt/plaza' }, surroundings)).toBe(command);
});
