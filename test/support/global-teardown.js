import { rm } from 'node:fs/promises';

export default async function globalTeardown() {
  const { dataDir, postgres } = globalThis.plazaTestPostgres;
  await postgres.stop();
  await rm(dataDir, { recursive: true });
}
