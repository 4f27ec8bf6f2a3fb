import { loadSettings } from './load-settings.js';
import { differences, sharedSettings } from './shared-settings.js';

function shared(environment: Record<string, string>): ReturnType<typeof sharedSettings> {
  return sharedSettings(loadSettings({ environment, folder: '/nowhere' }).settings);
}

it('the comparison of machines tells which settings differ from those of another machine', () => {
  const here = shared({ MESSAGE_MAX_BYTES: '4096' });
  expect(differences(here, shared({}), 'plaza-2:8080')).toEqual([
    'MESSAGE_MAX_BYTES is 4096 here and 65536 on plaza-2:8080: make them equal',
  ]);
});

it('the comparison of machines lets machines have their own ports, folders, workers and secrets', () => {
  const own = {
    PORT: '8081',
    DATA_DIR: '/srv/plaza',
    WORKERS: '7',
    METRICS_TOKEN: 'a-token-of-its-own',
    SERVER_KEY: 'ab'.repeat(32),
    PUBLIC_URL: 'http://chat.example.org',
  };
  const here = shared(own);
  expect(differences(here, shared({ PUBLIC_URL: own.PUBLIC_URL }), 'plaza-2:8080')).toEqual([]);
  expect(JSON.stringify(here)).not.toMatch(/a-token-of-its-own|abab/);
});

it('the comparison of machines does not compare a setting that another version does not know', () => {
  const here = shared({ MESSAGE_MAX_BYTES: '4096' });
  expect(differences(here, { NEXT_SETTING: '1' }, 'plaza-2:8080')).toEqual([]);
});
