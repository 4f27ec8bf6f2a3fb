import { backupSettings } from './backup-settings.js';
import { defenceSettings } from './defence-settings.js';
import { memberSettings } from './member-settings.js';
import { metricsSettings } from './metrics-settings.js';
import { serverSettings } from './server-settings.js';
import { storageSettings } from './storage-settings.js';
import { trafficSettings } from './traffic-settings.js';
import { updateSettings } from './update-settings.js';
import { webSettings } from './web-settings.js';
import { webhookSettings } from './webhook-settings.js';

/**
 * Every setting of Plaza, in the order in which defaults may follow others and the operator's page shows them. A new one is
 * one entry in one of these files; its key is the name of the property of `Settings`.
 */
export const settingsTable = {
  ...serverSettings,
  ...storageSettings,
  ...backupSettings,
  ...memberSettings,
  ...defenceSettings,
  ...trafficSettings,
  ...metricsSettings,
  ...webSettings,
  ...webhookSettings,
  ...updateSettings,
};
