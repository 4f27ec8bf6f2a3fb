import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { bytesText } from '../../foundation/bytes.js';
import { diskSpace } from '../../foundation/disk-space.js';
import { availableMemory, workerMemory } from '../../foundation/config/memory-shares.js';
import { type Settings } from '../../foundation/config/settings.js';
import { type Finding, good, problem, unknown } from './finding.js';

/** Open files below which a busy server runs out of connections. */
const FEWEST_DESCRIPTORS = 8192;
/** The part of a disk that should be free, and the bytes that are enough of any disk. */
const FREE_PART = 0.1;
const FREE_ENOUGH = 10e9;
/** Milliseconds that a program of the system may take to answer. */
const PATIENCE = 5000;

/** Whether the workers fit into the memory. */
export function checkMemory({ workers, databaseUrl }: Settings, memory = availableMemory()): Finding {
  const mebibytes = `${Math.floor(memory / 2 ** 20)} MiB for ${workers === 1 ? '1 worker' : `${workers} workers`}`;
  const isEmbedded = databaseUrl === undefined;
  if (!workerMemory({ memory, workers, isEmbedded }).isTooLittle) return good('memory', mebibytes);
  return problem('memory', mebibytes, 'Lower WORKERS or add memory: the system may end some of them');
}

/** Whether DATA_DIR has room to grow. */
export async function checkDisk({ dataDir, minFreeDiskBytes }: Settings): Promise<Finding> {
  return judgeDisk({ ...(await diskSpace(dataDir)), needed: minFreeDiskBytes });
}

/** @param bytes free on the disk, of the whole disk, and below which uploads are refused */
export function judgeDisk({ free, size, needed }: Record<'free' | 'size' | 'needed', number>): Finding {
  const seen = `${bytesText(free)} of ${bytesText(size)} are free in DATA_DIR`;
  if (free < needed * 2)
    return problem('disk', seen, 'Make room now: uploads are refused below MIN_FREE_DISK_BYTES');
  if (free < size * FREE_PART && free < FREE_ENOUGH)
    return problem('disk', seen, 'Make room: less than a tenth is free');
  return good('disk', seen);
}

/** How many files and connections the server may have open; only Linux tells. */
export async function checkDescriptors(serverPid: number | undefined): Promise<Finding> {
  const limits = await readFile(`/proc/${serverPid ?? 'self'}/limits`, 'utf8').catch(() => '');
  return judgeDescriptors(limits, serverPid !== undefined);
}

/** @param limits the text of `/proc/PID/limits` */
export function judgeDescriptors(limits: string, isServer: boolean): Finding {
  const whose = isServer ? 'the server' : 'a server that is started here';
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
  if (hard === undefined) return unknown('open files', 'this system does not tell how many may be open');
  const seen = `${whose} may have ${hard} open`;
  if (hard === 'unlimited' || Number(hard) >= FEWEST_DESCRIPTORS) return good('open files', seen);
  return problem(
    'open files',
    seen,
    `Allow ${FEWEST_DESCRIPTORS} or more (LimitNOFILE= under systemd, ulimit -n in a shell)`,
  );
}

/** Whether the system keeps its clock right: requests are refused when it is off by more than a day, and signed times drift. */
export async function checkClock(): Promise<Finding> {
  const asked = await promisify(execFile)('timedatectl', ['show', '--property=NTPSynchronized', '--value'], {
    timeout: PATIENCE,
  }).catch(() => undefined);
  return judgeClock(asked?.stdout.trim());
}

/** @param synchronized the word of timedatectl, undefined where there is none */
export function judgeClock(synchronized: string | undefined): Finding {
  if (synchronized === 'yes') return good('clock', 'it follows a time server');
  if (synchronized === 'no')
    return problem('clock', 'it follows no time server', 'Run timedatectl set-ntp true as root');
  return unknown('clock', 'this system does not tell whether it follows a time server');
}
