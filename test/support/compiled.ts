declare global {
  var importCompiled: (path: string) => Promise<unknown>;
}

/**
 * Loads a module of Plaza as it was compiled, with the classes that a server in this process knows its providers by:
 *
 *     import type * as sweeper from '../../src/files/file-sweeper.service.js';
 *
 *     const { FileSweeperService } = await compiled<typeof sweeper>('files/file-sweeper.service.js');
 *
 * @param path below `src`
 */
export async function compiled<Module>(path: string): Promise<Module> {
  return (await globalThis.importCompiled(path)) as Module;
}
