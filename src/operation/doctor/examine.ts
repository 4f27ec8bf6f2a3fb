import { existsSync } from 'node:fs';
import { type LoadedSettings } from '../../foundation/config/load-settings.js';
import { errorLine } from '../../foundation/error-line.js';
import { readRunningServer } from '../../foundation/running-server.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';
import { type Status } from '../machines/status.service.js';
import { checkForm, checkName, checkOnionRequests, checkProxy, checkReach } from './address-checks.js';
import {
  type BackupReport,
  checkBackups,
  checkDatabaseSettings,
  checkStatus,
  type DatabaseSettings,
} from './community-checks.js';
import { type Finding, good, problem } from './finding.js';
import { checkClock, checkDescriptors, checkDisk, checkMemory } from './machine-checks.js';

/** The state of a community as its services tell it. */
export interface CommunityReport {
  readonly status: Status;
  readonly database: DatabaseSettings;
  readonly backups: BackupReport;
  /** Unix seconds. */
  readonly now: number;
}

/**
 * Looks at a community and its machine in the order in which an operator would mend it. Nothing is changed.
 * @param report asks the community's services; what it throws is a finding, too
 */
export async function examine(
  loaded: LoadedSettings,
  report: () => Promise<CommunityReport>,
): Promise<Finding[]> {
  const { settings } = loaded;
  const running = await readRunningServer(settings.dataDir);
  const key = await examineKey(loaded);
  const community = await examineCommunity(loaded, report);
  return [
    ...loaded.warnings.map((warning) => problem('settings', warning, 'Correct it, and restart the server')),
    ...(await examineAddress(loaded, key.publicKeyHex)),
    key.finding,
    ...community,
    ...(existsSync(settings.dataDir) ? [await checkDisk(settings)] : []),
    checkMemory(settings),
    await checkDescriptors(running?.pid),
    await checkClock(),
  ];
}

async function examineAddress(
  { settings }: LoadedSettings,
  publicKeyHex: string | undefined,
): Promise<Finding[]> {
  const { publicUrl } = settings;
  const form = checkForm(publicUrl);
  if (form.state === 'problem') return [form];
  const name = await checkName(publicUrl);
  if (name.state === 'problem' || publicKeyHex === undefined) return [form, name, checkProxy(settings)];
  const reach = await checkReach(publicUrl, publicKeyHex);
  const requests = reach.state === 'problem' ? [] : [await checkOnionRequests(publicUrl)];
  return [form, name, reach, ...requests, checkProxy(settings)];
}

async function examineKey({
  settings,
}: LoadedSettings): Promise<{ finding: Finding; publicKeyHex: string | undefined }> {
  const place = settings.serverKey ? 'SERVER_KEY' : settings.serverKeyFile;
  try {
    const identity = await ServerIdentity.load(settings);
    const finding = identity
      ? good('key', `${place}: keep a copy elsewhere, nobody finds the community without it`)
      : problem('key', `there is none at ${place}`, 'The first start makes it');
    return { finding, publicKeyHex: identity?.publicKeyHex };
  } catch (error) {
    const finding = problem('key', errorLine(error), 'Do as it says');
    return { finding, publicKeyHex: undefined };
  }
}

async function examineCommunity(
  { settings }: LoadedSettings,
  report: () => Promise<CommunityReport>,
): Promise<Finding[]> {
  try {
    const { status, database, backups, now } = await report();
    return [
      ...checkStatus(status, settings),
      checkDatabaseSettings(database),
      checkBackups(settings, backups, now),
    ];
  } catch (error) {
    return [problem('database', errorLine(error), 'Mend that, and ask again')];
  }
}
