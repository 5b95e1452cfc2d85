import {
  Controller,
  Get,
  Global,
  Inject,
  Injectable,
  Module,
  Param,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import { EventCollector } from 'rx-event-collector';
import { httpSink } from 'rx-event-collector/http';
import { defer, finalize, tap, type Observable } from 'rxjs';

/** An event for each call of a controller, under the names of its class and method. */
@Injectable()
class HandlerTiming implements NestInterceptor {
  constructor(@Inject(EventCollector) private readonly collector: EventCollector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const handler = `${context.getClass().name}.${context.getHandler().name}`;
    return defer(() => {
      const startedAt = performance.now();
      let outcome = 'cancelled';
      return next.handle().pipe(
        tap({ complete: () => (outcome = 'ok'), error: () => (outcome = 'error') }),
        finalize(() => {
          const value = performance.now() - startedAt;
          this.collector.track('response_latency', { metric: 'handler', value, unit: 'ms', tags: { handler, outcome } });
        }),
      );
    });
  }
}

@Global()
@Module({
  providers: [
    {
      provide: EventCollector,
      useFactory: () => new EventCollector({ sinks: [httpSink({ url: process.env['EVENTS_URL'] ?? 'https://events.example.com/' })] }),
    },
    { provide: APP_INTERCEPTOR, useClass: HandlerTiming },
  ],
  exports: [EventCollector],
})
class EventCollectorModule implements OnApplicationShutdown {
  constructor(@Inject(EventCollector) private readonly collector: EventCollector) {}

  async onApplicationShutdown(): Promise<void> {
    await this.collector.shutdown({ timeoutMs: 5_000 });
  }
}

@Controller('orders')
class Orders {
  constructor(@Inject(EventCollector) private readonly collector: EventCollector) {}

  @Get(':id')
  find(@Param('id') id: string): { id: string } {
    this.collector.track('order_viewed', { order: id });
    return { id };
  }
}

@Module({ imports: [EventCollectorModule], controllers: [Orders] })
class AppModule {}

const app = await NestFactory.create(AppModule);
app.enableShutdownHooks(); // `onApplicationShutdown` runs after SIGTERM, too
await app.listen(process.env['PORT'] ?? 3000);
