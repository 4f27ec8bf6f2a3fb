/** What clients join: `{public_url}/{room}?public_key={hex}` (protocol 1). */
export function communityUrl(publicUrl: string, roomToken: string, publicKeyHex: string): string {
  return `${publicUrl}/${roomToken}?public_key=${publicKeyHex}`;
}
