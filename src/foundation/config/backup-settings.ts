import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { secondsOf } from '../duration.js';
import { define } from './setting-definition.js';
import { integer, optional, path, type SettingType } from './setting-types.js';

/** When backups are made: so many seconds after each other, or each day at so many seconds after midnight, UTC. */
export type BackupSchedule = { readonly everySeconds: number } | { readonly dailyAt: number };

/** Where backups go: a folder, or keys in the bucket of S3_BUCKET that begin so. */
export type BackupTarget = { readonly folder: string } | { readonly prefix: string };

const HOUR = 60 * 60;
const LONGEST = 31 * 24 * HOUR;

/** Reads `6h`, `1d` or `daily 04:00`. */
function scheduleOf(text: string): BackupSchedule | undefined {
  const everySeconds = secondsOf(text);
  if (everySeconds !== undefined) {
    return everySeconds >= HOUR && everySeconds <= LONGEST ? { everySeconds } : undefined;
  }
  const [, hours, minutes] = /^daily ([01]\d|2[0-3]):([0-5]\d)$/i.exec(text.trim()) ?? [];
  return hours === undefined ? undefined : { dailyAt: Number(hours) * HOUR + Number(minutes) * 60 };
}

/** Reads an absolute path, or `s3:` and the begin of keys. */
function targetOf(text: string): BackupTarget | undefined {
  const [, prefix] = /^s3:((?:[A-Za-z0-9_-][A-Za-z0-9._-]{0,62}\/){1,8})$/.exec(text) ?? [];
  if (prefix !== undefined) return { prefix };
  return isAbsolute(text) && !text.includes('\0') ? { folder: text } : undefined;
}

function readBy<T>(allowed: string, read: (text: string) => T | undefined): SettingType<T> {
  const schema = z.string().transform((text, context) => {
    const value = read(text);
    if (value === undefined) context.addIssue('can’t be read');
    return value ?? z.NEVER;
  });
  return { schema, allowed, acceptsEmpty: false };
}

/** Backups that are made by themselves. */
export const backupSettings = {
  backupSchedule: define({
    name: 'BACKUP_SCHEDULE',
    type: optional(readBy('a time from 1h to 31d, such as 6h, or daily 04:00 (UTC)', scheduleOf)),
    default: '',
    help: 'When backups are made by themselves: each 6h or so, or daily 04:00 (UTC); empty: never.',
  }),
  backupTo: define({
    name: 'BACKUP_TO',
    type: optional(readBy('an absolute path, or s3: and the begin of keys, such as s3:backups/', targetOf)),
    default: '',
    help: 'Where they go: a folder, or s3:backups/ in the bucket of S3_BUCKET; empty: DATA_DIR/backups. Another disk or machine is safer.',
  }),
  backupKeep: define({
    name: 'BACKUP_KEEP',
    type: integer(1, 1_000),
    default: '7',
    help: 'How many of them are kept; the oldest goes once a newer one has been verified.',
  }),
  backupPassphraseFile: define({
    name: 'BACKUP_PASSPHRASE_FILE',
    type: optional(path()),
    default: '',
    help: 'File with the passphrase that seals backups: they hold the server key. Empty: they are not sealed. Keep the passphrase elsewhere, too.',
    mayDiffer: true,
  }),
};
