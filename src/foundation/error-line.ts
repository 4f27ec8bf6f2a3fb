type Meanings = Readonly<Record<string, (where: string) => string>>;

/** Says in words what the codes of system calls on files mean. */
const OF_FILES: Meanings = {
  ENOENT: (path) => `there is no ${path}`,
  EACCES: (path) => `${path} may not be used by this user`,
  EPERM: (path) => `${path} may not be used by this user`,
  EISDIR: (path) => `${path} is a folder`,
  ENOTDIR: (path) => `${path} would lie in a folder that is a file`,
  EEXIST: (path) => `${path} exists already`,
  ENOTEMPTY: (path) => `${path} is not empty`,
  ENOSPC: (path) => `there is no space left for ${path}`,
  EDQUOT: (path) => `the quota of disk space does not allow ${path}`,
  EROFS: (path) => `${path} lies on a file system that can only be read`,
  ELOOP: (path) => `${path} leads in a circle of links`,
  ENAMETOOLONG: () => 'the path is too long',
  EIO: (path) => `the disk fails to read or write ${path}`,
  EMFILE: (path) => `${path} can’t be opened: too many files are open (ulimit -n)`,
};

/** As {@link OF_FILES}, of calls to other machines or programs. */
const OF_NETWORKS: Meanings = {
  ECONNREFUSED: (address) => `nothing answers at ${address}`,
  ECONNRESET: (address) => `the connection to ${address} broke`,
  ETIMEDOUT: (address) => `${address} does not answer`,
  EHOSTUNREACH: (address) => `${address} can’t be reached`,
  ENETUNREACH: (address) => `${address} can’t be reached`,
  ENOTFOUND: (name) => `no machine is called ${name}`,
  EAI_AGAIN: (name) => `the name ${name} can’t be looked up`,
  EADDRINUSE: (address) => `${address} is in use by another program`,
  EADDRNOTAVAIL: (address) => `${address} is no address of this machine`,
};

/** Describes an error on one line for a person: what a system call failed with is said in words, not in its code. */
export function errorLine(error: unknown): string {
  // Connecting to a name with several addresses fails with one error an address and no message of its own.
  if (error instanceof AggregateError && error.errors.length > 0) return errorLine(error.errors[0]);
  const text = meaningOf(error) ?? (error instanceof Error ? error.message || error.name : String(error));
  return text.replace(/\s*\n\s*/g, ' ').trim();
}

/** The parts of a system error that Node.js gives beside its message. */
interface SystemError {
  code?: unknown;
  syscall?: unknown;
  path?: unknown;
  dest?: unknown;
  address?: unknown;
  port?: unknown;
  hostname?: unknown;
}

function meaningOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, syscall, path, dest, address, port, hostname }: SystemError = error;
  if (typeof code !== 'string' || typeof syscall !== 'string') return undefined;
  const host = address ?? hostname;
  const place = typeof host === 'string' && typeof port === 'number' ? `${host}:${port}` : host;
  // Moving and linking find something in the way where they lead.
  const file = code === 'EEXIST' || code === 'ENOTEMPTY' ? (dest ?? path) : path;
  return (
    OF_FILES[code]?.(typeof file === 'string' ? file : 'the file') ??
    OF_NETWORKS[code]?.(typeof place === 'string' ? place : 'the other side')
  );
}
