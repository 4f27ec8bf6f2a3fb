import { Module } from '@nestjs/common';
import { WebhookDelivery } from './webhook-delivery.service.js';
import { WebhookFeed } from './webhook-feed.service.js';
import { WebhooksService } from './webhooks.service.js';

/** Notices to addresses outside, for people who are away. */
@Module({
  providers: [WebhookFeed, WebhookDelivery, WebhooksService],
  exports: [WebhookFeed, WebhookDelivery, WebhooksService],
})
export class WebhooksModule {}
