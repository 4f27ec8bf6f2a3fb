import { type Clock } from '../../foundation/clock.js';
import { type Settings } from '../../foundation/config/settings.js';
import { type Meters } from '../../foundation/metrics/meters.service.js';
import { type IncomingFolder } from './incoming-folder.js';
import { S3Client } from './s3/s3-client.js';
import { S3FileStorage } from './s3-file-storage.js';
import { StoreWatch } from './s3/store-watch.js';

function endpointOf({ s3Endpoint, s3Region }: Settings): string {
  return s3Endpoint ?? `https://s3.${s3Region}.amazonaws.com`;
}

/** Opens a client of the bucket of the settings; its user closes it. */
export function openS3Client(settings: Settings): S3Client {
  return new S3Client({
    endpoint: endpointOf(settings),
    region: settings.s3Region,
    bucket: settings.s3Bucket ?? '',
    accessKeyId: settings.s3AccessKeyId ?? '',
    secretAccessKey: settings.s3SecretAccessKey ?? '',
    forcePathStyle: settings.s3ForcePathStyle,
  });
}

/** Opens the store of the settings, which name a bucket and its keys. */
export function openStore({
  settings,
  clock,
  incoming,
  meters,
}: {
  settings: Settings;
  clock: Clock;
  incoming: IncomingFolder;
  meters: Meters | undefined;
}): { storage: S3FileStorage; close: () => void } {
  const { s3Bucket: bucket = '', s3Prefix: prefix } = settings;
  const client = openS3Client(settings);
  const endpoint = endpointOf(settings);
  const watch = meters && new StoreWatch(() => client.list(prefix, '', 1), meters);
  const name = `bucket ${bucket} at ${endpoint}`;
  return {
    storage: new S3FileStorage({ client, name, prefix, clock, incoming, watch }),
    close: () => {
      watch?.stop();
      client.close();
    },
  };
}
