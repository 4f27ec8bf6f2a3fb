import { define } from './setting-definition.js';
import {
  boolean,
  bucketName,
  credential,
  integer,
  key32,
  objectPrefix,
  wordOutOf,
  optional,
  regionName,
  storeEndpoint,
} from './setting-types.js';

/** Where the bytes of uploaded files are kept. */
export const storageSettings = {
  s3Bucket: define({
    name: 'S3_BUCKET',
    type: optional(bucketName()),
    default: '',
    help: 'Bucket of an S3-compatible store that keeps uploaded files; empty: they are kept in DATA_DIR/uploads.',
  }),
  s3Endpoint: define({
    name: 'S3_ENDPOINT',
    type: optional(storeEndpoint()),
    default: '',
    help: 'Address of the store; empty: that of Amazon S3 in S3_REGION.',
    mayDiffer: true,
  }),
  s3Region: define({
    name: 'S3_REGION',
    type: regionName(),
    default: 'us-east-1',
    help: 'Region of the bucket, which is part of each signature; many stores other than Amazon S3 take any.',
    mayDiffer: true,
  }),
  s3AccessKeyId: define({
    name: 'S3_ACCESS_KEY_ID',
    type: optional(credential()),
    default: '',
    help: 'Access key that may list the bucket and read, write and delete its objects.',
    secret: true,
    mayDiffer: true,
  }),
  s3SecretAccessKey: define({
    name: 'S3_SECRET_ACCESS_KEY',
    type: optional(credential()),
    default: '',
    help: 'The secret of S3_ACCESS_KEY_ID.',
    secret: true,
    mayDiffer: true,
  }),
  s3ForcePathStyle: define({
    name: 'S3_FORCE_PATH_STYLE',
    type: boolean(),
    default: (textOf) => String(textOf('S3_ENDPOINT') !== ''),
    defaultInWords: '`true` if S3_ENDPOINT is set',
    help: 'Name the bucket in the path of a request instead of its host.',
    mayDiffer: true,
  }),
  s3Prefix: define({
    name: 'S3_PREFIX',
    type: objectPrefix(),
    default: 'files/',
    help: 'Begin of the keys of all objects; communities that share a bucket need different ones.',
  }),
  fileStorage: define({
    name: 'FILE_STORAGE',
    type: wordOutOf(['local', 's3']),
    default: (textOf) => (textOf('S3_BUCKET') === '' ? 'local' : 's3'),
    defaultInWords: '`s3` if S3_BUCKET is set, else `local`',
    help: 'Where new files go; both places are read while S3_BUCKET is set. plaza files move takes the others along.',
  }),
  abusePreserve: define({
    name: 'ABUSE_PRESERVE',
    type: wordOutOf(['off', 'sealed']),
    default: 'off',
    help: 'Whether files that are forbidden as abuse are kept, encrypted to ABUSE_PRESERVE_KEY, in DATA_DIR/preserved; ask what the law wants.',
  }),
  abusePreserveKey: define({
    name: 'ABUSE_PRESERVE_KEY',
    type: optional(key32()),
    default: '',
    help: 'The public key that plaza file key prints; the secret one that opens what was preserved stays elsewhere.',
  }),
  abusePreserveDays: define({
    name: 'ABUSE_PRESERVE_DAYS',
    type: integer(1, 36_500),
    default: '90',
    help: 'Days after which a preserved file is removed.',
  }),
};
