import sodium from 'libsodium-wrappers-sumo';

await sodium.ready;

export { sodium };
