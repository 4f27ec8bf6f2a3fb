import type { Command } from 'commander';
import { communityUrl } from '../../foundation/config/community-url.js';
import { type LoadedSettings } from '../../foundation/config/load-settings.js';
import { plazaCommand } from '../../foundation/config/plaza-command.js';
import { INSTALLATION } from '../../foundation/installation.js';
import { qrCodeLines } from '../../foundation/terminal-qr-code.js';
import { readRunningServer } from '../../foundation/running-server.js';
import { roomTokenSchema } from '../../protocol/requests/path.schemas.js';
import { sessionIdSchema } from '../../records/users/session-id.js';
import { foundCommunity } from '../setup/found-community.js';
import { placeToWrite, writeSettings, type WrittenPlace } from '../setup/settings-place.js';
import {
  contradictionIn,
  readAddress,
  reminderFor,
  type SetupAnswers,
  settingsFor,
} from '../setup/setup-answers.js';
import { countArgument, roomTokenArgument, sessionIdArgument } from './arguments.js';
import { type CommandContext } from './command-context.js';
import { type AskOperator, askUntil } from './questions.js';
import { UsageError } from './usage-error.js';

interface SetupOptions {
  url?: string;
  proxy?: boolean;
  port?: number;
  room?: string[];
  admin?: string[];
  database?: string;
  json?: true;
}

interface SetupWithAdmins extends SetupAnswers {
  readonly admins: readonly string[];
}

const DATABASE_QUESTION =
  'Which PostgreSQL, as postgres://user:password@host/name? (Enter: the one that Plaza brings)';

function addressArgument(text: string): string {
  const read = readAddress(text);
  if ('url' in read) return read.url;
  throw new UsageError(`--url ${JSON.stringify(text)} can't be used: ${read.reason}`);
}

function collect(read: (text: string) => string): (text: string, earlier?: string[]) => string[] {
  return (text, earlier = []) => [...earlier, read(text)];
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

/** Reads a list of which each word must fit; the reason names the first that does not. */
function listOf(fits: (word: string) => boolean, what: string) {
  return (text: string): { value: string[] } | { reason: string } => {
    const wrong = words(text).find((word) => !fits(word));
    return wrong === undefined ? { value: words(text) } : { reason: `${what}, not ${JSON.stringify(wrong)}` };
  };
}

const readRooms = listOf(
  (word) => roomTokenSchema.safeParse(word).success,
  'a room’s token is 1 to 64 of A-Z a-z 0-9 _ and -',
);
const readAdmins = listOf(
  (word) => sessionIdSchema.safeParse(word).success,
  'an Account ID is 05 and 64 hex digits',
);

function readChoice(text: string): { value: boolean } | { reason: string } {
  if (/^y(es)?$/i.test(text)) return { value: true };
  return /^no?$/i.test(text) ? { value: false } : { reason: 'answer yes or no' };
}

function askAddress(ask: AskOperator, preset: string | undefined): Promise<string> {
  const question = 'Under which address will people reach the server, such as https://chat.example.org?';
  const read = (text: string): { value: string } | { reason: string } => {
    const result = readAddress(text);
    return 'url' in result ? { value: result.url } : result;
  };
  return askUntil(ask, question, read, preset);
}

/** The address that a file of settings has already; a default leads nowhere. */
function knownAddress({ settings, entries }: LoadedSettings): string | undefined {
  const isDefault = entries.some(({ name, source }) => name === 'PUBLIC_URL' && source === 'default');
  return isDefault ? undefined : settings.publicUrl;
}

function answersOf({
  url,
  proxy,
  room,
  admin,
  database,
  port,
}: SetupOptions & { url: string }): SetupWithAdmins {
  return {
    url,
    isBehindProxy: proxy ?? url.startsWith('https:'),
    rooms: [...new Set(room ?? ['lobby'])],
    admins: [...new Set(admin ?? [])],
    ...(database !== undefined && { databaseUrl: database }),
    ...(port !== undefined && { port }),
  };
}

/** The options with what a person answers to the questions that they leave open. */
async function askForTheRest(
  options: SetupOptions,
  loaded: LoadedSettings,
  ask: AskOperator,
): Promise<SetupOptions & { url: string }> {
  const url = await askAddress(ask, knownAddress(loaded));
  const proxy =
    options.proxy ??
    (await askUntil(
      ask,
      'Does a web server on this machine, such as Caddy or nginx, pass requests on to Plaza?',
      readChoice,
      url.startsWith('https:') ? 'yes' : 'no',
    ));
  const room =
    options.room ??
    (await askUntil(ask, 'Which rooms shall there be, by the word in their URL?', readRooms, 'lobby'));
  const admin =
    options.admin ??
    (await askUntil(
      ask,
      'Who is admin, by the Account ID in Session’s settings? (Enter: later)',
      readAdmins,
    ));
  const database = options.database ?? (await ask(`${DATABASE_QUESTION} `));
  // An empty answer leaves the setting out, as an option that is not given does.
  return { ...options, url, proxy, room, admin, ...(database === '' ? {} : { database }) };
}

async function complete(
  { url, ...options }: SetupOptions,
  loaded: LoadedSettings,
  ask: AskOperator | undefined,
): Promise<SetupWithAdmins> {
  if (url !== undefined) return answersOf({ ...options, url });
  if (ask) return answersOf(await askForTheRest(options, loaded, ask));
  throw new UsageError(
    `nobody is here to answer questions: give --url ADDRESS, and see ${plazaCommand('setup --help')}`,
  );
}

/**
 * @param before the settings as they are
 * @throws Error when the environment says otherwise than what is to be written, and SettingsError when that can't be used
 */
function checkValues(
  context: CommandContext,
  before: LoadedSettings,
  values: Readonly<Record<string, string>>,
): void {
  const other = before.entries.find(({ name, source }) => name in values && source === 'environment');
  if (other) {
    throw new Error(
      `${other.name} is set in the environment, which wins over the file: unset it there first`,
    );
  }
  context.loadSettings({ asIs: true, overrides: values });
}

async function setUp(context: CommandContext, options: SetupOptions): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  const before = context.loadSettings({ asIs: true });
  const place = placeToWrite(INSTALLATION, before.file, { environment: context.environment, isRoot });
  if (!place) {
    throw new Error(
      'a container has its settings from outside: write them into the .env beside compose.yaml',
    );
  }
  const answers = await complete(options, before, context.ask);
  const contradiction = contradictionIn(answers);
  if (contradiction !== undefined) throw new UsageError(contradiction);
  const values = settingsFor(answers);
  checkValues(context, before, values);
  await writeSettings(place, values);
  const loaded = context.loadSettings();
  const publicKeyHex = await context.found(loaded, (services) => foundCommunity(services, answers));
  await tell(context, { place, answers, loaded, publicKeyHex }, options.json);
}

interface Founded {
  readonly place: WrittenPlace;
  readonly answers: SetupWithAdmins;
  readonly loaded: LoadedSettings;
  readonly publicKeyHex: string;
}

async function tell(context: CommandContext, founded: Founded, json: true | undefined): Promise<void> {
  const { place, answers, loaded, publicKeyHex } = founded;
  const { publicUrl, port, serverKeyFile, dataDir } = loaded.settings;
  const urls = answers.rooms.map((token) => communityUrl(publicUrl, token, publicKeyHex));
  if (json) {
    context.output.json({ settings: place.file, public_key: publicKeyHex, rooms: urls });
    return;
  }
  const [first] = urls;
  context.output.lines([
    `Settings are in ${place.file}. The server key is ${serverKeyFile}: keep a copy of it elsewhere.`,
    '',
    ...urls,
    ...(first === undefined ? [] : ['', ...(await qrCodeLines(first, context.output.isTerminal))]),
    '',
    'What is left to do:',
    `- ${reminderFor(answers, port)}.`,
    (await readRunningServer(dataDir))
      ? '- Restart the server, which runs with the former settings.'
      : `- Start the server: ${startCommand()}`,
    `- Look whether all is well: ${plazaCommand('doctor')}`,
  ]);
}

function startCommand(): string {
  if (INSTALLATION.kind === 'debian') return 'systemctl enable --now plaza';
  return INSTALLATION.kind === 'checkout' ? 'npm start' : plazaCommand('start');
}

/** `plaza setup`: settings, key, rooms and admins of a new community, by questions or by flags. */
export function registerSetupCommand(program: Command, context: CommandContext): void {
  program
    .command('setup')
    .description(
      'Set up a community: its address, rooms, admins and database. Asks for what it is not told; with --url it asks nothing.',
    )
    .option('--url <address>', 'under which people reach the server', addressArgument)
    .option('--proxy', 'a web server on this machine passes requests on (default with https://)')
    .option('--no-proxy', 'Plaza is reached directly (default with http://)')
    .option('--port <number>', 'the port that Plaza listens on', countArgument)
    .option('--room <token>', 'a room to open; may be repeated (default: lobby)', collect(roomTokenArgument))
    .option(
      '--admin <id>',
      'an Account ID that becomes admin of everything; may be repeated',
      collect(sessionIdArgument),
    )
    .option('--database <url>', 'a PostgreSQL of your own (default: the one that Plaza brings)')
    .option('--json', 'print JSON')
    .action((options: SetupOptions) => setUp(context, options));
}
