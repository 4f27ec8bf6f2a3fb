import { type DynamicModule, Module } from '@nestjs/common';
import { MessagesModule } from '../../messages/messages.module.js';
import { ModerationModule } from '../../moderation/moderation.module.js';
import { CommandsModule } from '../../moderation/commands/commands.module.js';
import { QueueModule } from '../../moderation/queue/queue.module.js';
import { RaidModule } from '../../moderation/raids/raid.module.js';
import { AppealsModule } from '../../moderation/appeals/appeals.module.js';
import { ForbiddenModule } from '../../moderation/forbidden/forbidden.module.js';
import { ReportsModule } from '../../moderation/reports/reports.module.js';
import { RulebookModule } from '../../moderation/rulebook/rulebook.module.js';
import { UndoModule } from '../../moderation/undo/undo.module.js';
import { RedisConnection } from '../../foundation/redis/redis-connection.service.js';
import { BackupModule } from '../backup/backup.module.js';
import { QueueReports } from '../jobs/queue-report.service.js';
import { StatusService } from '../machines/status.service.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { PersonModule } from '../person/person.module.js';
import { RoomExportModule } from '../room-export/room-export.module.js';
import { RoomsModule } from '../../rooms/rooms.module.js';
import { type ProcessResources, RecordsModule } from '../../records/records.module.js';

/** The modules whose services the `plaza` command and the first start call. */
@Module({})
export class CliModule {
  static forRoot(resources: ProcessResources): DynamicModule {
    return {
      module: CliModule,
      imports: [
        RecordsModule.forRoot(resources),
        BackupModule.forRoot(resources.database),
        RoomsModule,
        RoomExportModule,
        PersonModule,
        MessagesModule,
        ModerationModule,
        CommandsModule,
        QueueModule,
        ForbiddenModule,
        UndoModule,
        RulebookModule,
        RaidModule,
        ReportsModule,
        AppealsModule,
        WebhooksModule,
      ],
      providers: [
        StatusService,
        {
          provide: QueueReports,
          inject: [RedisConnection],
          useFactory: (redis: RedisConnection) =>
            new QueueReports({ databaseUrl: resources.database.directUrl, redis: redis.place }),
        },
      ],
    };
  }
}
