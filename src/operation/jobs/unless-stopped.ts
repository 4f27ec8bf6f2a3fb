/**
 * Waits for something that may take for ever, until a stop.
 * @throws what `work` throws, and the signal's reason once it is aborted
 */
export async function unlessStopped<T>(stopping: AbortSignal, work: Promise<T>): Promise<T> {
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => {
      reject(stopping.reason as Error);
    };
  });
  if (stopping.aborted) stop();
  stopping.addEventListener('abort', stop);
  try {
    return await Promise.race([work, stopped]);
  } finally {
    stopping.removeEventListener('abort', stop);
  }
}
