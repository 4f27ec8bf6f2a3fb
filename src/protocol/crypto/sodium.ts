/** An Ed25519 key pair in libsodium's layout. */
export interface Ed25519KeyPair {
  /** 32 bytes. */
  publicKey: Buffer;
  /** 64 bytes: the seed followed by the public key. */
  secretKey: Buffer;
}

export type SodiumName = 'native' | 'wasm';

/**
 * The libsodium calls that Plaza makes. All values are raw bytes. Input from outside (signatures,
 * ciphertexts, public points) never makes a call throw unless its text below says so; a key or nonce of the wrong
 * length is a mistake of the caller and throws an Error.
 */
export interface Sodium {
  readonly name: SodiumName;

  /**
   * X25519 of a 32-byte secret and a 32-byte public key: the 32-byte shared secret.
   * @throws Error when the public key is a point of low order, for which every secret gives zeros.
   */
  x25519(secret: Uint8Array, publicKey: Uint8Array): Buffer;

  /** The 32-byte X25519 public key of a 32-byte secret. */
  x25519PublicKey(secret: Uint8Array): Buffer;

  /** Whether the signature is the key's for these bytes; false for a signature or key of the wrong length. */
  ed25519Verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;

  /** The key pair of a 32-byte seed. */
  ed25519KeyPairFromSeed(seed: Uint8Array): Ed25519KeyPair;

  /** The 64-byte signature of a message by a 64-byte secret key. */
  ed25519Sign(message: Uint8Array, secretKey: Uint8Array): Buffer;

  /**
   * Whether 32 bytes are a public key that libsodium would use: a canonically encoded point of Ed25519's main subgroup
   * that is not of small order. False for any other number of bytes.
   */
  isValidEd25519Point(publicKey: Uint8Array): boolean;

  /** A 64-byte number, little endian, modulo the order of Ed25519's group: a scalar of 32 bytes. */
  ed25519ScalarReduce(number: Uint8Array): Buffer;

  /** A valid Ed25519 point (32 bytes) times a scalar (32 bytes) that is used as it is. */
  ed25519ScalarMult(scalar: Uint8Array, point: Uint8Array): Buffer;

  /** The X25519 public key of a valid Ed25519 one; 32 bytes each. */
  x25519FromEd25519(publicKey: Uint8Array): Buffer;

  /**
   * XChaCha20-Poly1305 (24-byte nonce, 32-byte key, no associated data): ciphertext and its 16-byte tag.
   * @param into where to write it, 16 bytes longer than the message and either at its very place or clear of it;
   *             otherwise into a Buffer of its own
   */
  xchacha20Encrypt(message: Uint8Array, nonce: Uint8Array, key: Uint8Array, into?: Buffer): Buffer;

  /** The message of a ciphertext with tag, or undefined when it does not authenticate. */
  xchacha20Decrypt(ciphertext: Uint8Array, nonce: Uint8Array, key: Uint8Array): Buffer | undefined;

  /** A message for the owner of a 32-byte X25519 key (`crypto_box_seal`), 48 bytes longer; nobody else can read it again. */
  seal(message: Uint8Array, publicKey: Uint8Array): Buffer;

  /** The message of a {@link seal}, by the 32-byte secret key; undefined when it was not sealed for that key. */
  unseal(sealed: Uint8Array, secretKey: Uint8Array): Buffer | undefined;

  /** So many bytes that nobody can foretell. */
  randomBytes(size: number): Buffer;

  /**
   * BLAKE2b of the data (of the parts in a row, if there are several), with a result of 32 or 64 bytes and optionally
   * keyed with 16 to 64 bytes.
   */
  blake2b(data: Uint8Array | readonly Uint8Array[], size: 32 | 64, key?: Uint8Array): Buffer;
}

/**
 * Loads libsodium: the native build, or its WebAssembly build when that is preferred or when this platform has no
 * native one. Both give the same results.
 */
export async function loadSodium(prefer: SodiumName = 'native'): Promise<Sodium> {
  if (prefer === 'native') {
    try {
      return (await import('./sodium-native.js')).nativeSodium;
    } catch {
      // No prebuilt binary for this platform: the portable build serves as well, only slower.
    }
  }
  return (await import('./sodium-wasm.js')).wasmSodium;
}
