import { misspeltSettings } from './misspelt-settings.js';
import { plazaCommand } from './plaza-command.js';

const SETTINGS = ['HOST', 'PORT', 'LOG_LEVEL', 'DATA_DIR', 'REDIS_URL', 'UPLOAD_MAX_BYTES'];

it.each([
  ['LOG_LEVL', 'LOG_LEVEL'],
  ['LOGLEVEL', 'LOG_LEVEL'],
  ['log_level', 'LOG_LEVEL'],
  ['PROT', 'PORT'],
  ['UPLOAD_MAX_BITES', 'UPLOAD_MAX_BYTES'],
  ['PLAZA_DATA_DIR', 'DATA_DIR'],
  ['PLAZA_DATADIR', 'DATA_DIR'],
])('%s is taken for a misspelt %s', (name, setting) => {
  expect(misspeltSettings([name], SETTINGS)).toEqual([
    `${name} is not a setting of Plaza and has no effect; did you mean ${setting}?`,
  ]);
});

it.each(['PLAZA_COLOUR', 'UPLOAD_DIRECTORY', 'DATA_FOLDER'])(
  '%s is suspicious because of its first word',
  (name) => {
    expect(misspeltSettings([name], SETTINGS)).toEqual([
      `${name} is not a setting of Plaza and has no effect; ${plazaCommand('config')} lists all settings`,
    ]);
  },
);

it('the names of other programs are left alone', () => {
  const others = [
    'HOME',
    'PATH',
    'HOSTNAME',
    'PWD',
    'LANG',
    'SHLVL',
    'LOGNAME',
    'NODE_ENV',
    'npm_config_port',
  ];
  const serviceLinks = ['REDIS_PORT', 'REDIS_PORT_6379_TCP_ADDR', 'REDIS_SERVICE_HOST'];
  expect(misspeltSettings([...others, ...serviceLinks, ...SETTINGS], SETTINGS)).toEqual([]);
});
