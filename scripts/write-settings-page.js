// Writes docs/settings.md anew after a change of the settings table; a test tells when that was forgotten.
import { writeFileSync } from 'node:fs';
import { fileURLToPath, URL } from 'node:url';
import { settingsPage } from '../dist/src/foundation/config/settings-page.js';

writeFileSync(fileURLToPath(new URL('../docs/settings.md', import.meta.url)), settingsPage());
