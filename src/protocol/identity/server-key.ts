import { keepServerKey, readOrCreateServerKey, readServerKey, ServerKeyError } from './server-key-file.js';

/** The places where the server's private key may be; the settings are one of these. */
export interface ServerKeySource {
  /** SERVER_KEY: 32 raw bytes, for machines that get no files. */
  readonly serverKey: Buffer | undefined;
  /** SERVER_KEY_FILE: a path. */
  readonly serverKeyFile: string;
}

/**
 * The private key of a source: 32 raw bytes, or undefined when there is none yet.
 * @throws ServerKeyError when its file can't be used or holds another key than SERVER_KEY
 */
export async function findServerKey({
  serverKey,
  serverKeyFile,
}: ServerKeySource): Promise<Buffer | undefined> {
  const kept = await readServerKey(serverKeyFile);
  if (serverKey && kept && !serverKey.equals(kept)) {
    throw new ServerKeyError(
      `SERVER_KEY is another key than the one in ${serverKeyFile}: remove the wrong one of the two`,
    );
  }
  return serverKey ?? kept;
}

/**
 * The private key of a source, made in its file when there is none.
 * @throws ServerKeyError as {@link findServerKey}, and when the file can't be made
 */
export async function findOrCreateServerKey(
  source: ServerKeySource,
): Promise<{ key: Buffer; created: boolean }> {
  const key = await findServerKey(source);
  return key ? { key, created: false } : readOrCreateServerKey(source.serverKeyFile);
}

/**
 * Makes a known private key, of 32 raw bytes, the server's, unless it is that already.
 * @throws ServerKeyError when the source holds another one or its file can't be made
 */
export async function adoptServerKey(source: ServerKeySource, key: Buffer): Promise<void> {
  const { serverKey, serverKeyFile } = source;
  if (!serverKey) return keepServerKey(serverKeyFile, key);
  if (!serverKey.equals(key))
    throw new ServerKeyError('SERVER_KEY is another key than this one: remove it first');
  await findServerKey(source);
}
