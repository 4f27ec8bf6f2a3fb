import { Injectable } from '@nestjs/common';
import { LabelledDurations, LabelledValues, type Meter, type MeterDefinition } from './meter.js';

/**
 * Where every part of a process keeps its numbers. A class that counts declares a meter in its constructor, keeps
 * the cells it needs and raises plain numbers in them: this may happen on the way of every request.
 */
@Injectable()
export class Meters {
  private readonly meters = new Map<string, Meter>();

  /** Something that only grows; by convention its name ends in `_total`. */
  counter(definition: MeterDefinition): LabelledValues {
    return this.values('counter', definition);
  }

  /** Something that rises and falls; over several processes it is added up. */
  gauge(definition: MeterDefinition): LabelledValues {
    return this.values('gauge', definition);
  }

  /** How long something takes, in seconds. */
  durations(definition: MeterDefinition): LabelledDurations {
    const known = this.meters.get(definition.name);
    if (known instanceof LabelledDurations) return known;
    return this.add(new LabelledDurations(definition));
  }

  /** Every meter there is. */
  all(): readonly Meter[] {
    return [...this.meters.values()];
  }

  private values(type: 'counter' | 'gauge', definition: MeterDefinition): LabelledValues {
    const known = this.meters.get(definition.name);
    if (known instanceof LabelledValues && known.type === type) return known;
    return this.add(new LabelledValues(type, definition));
  }

  private add<M extends Meter>(meter: M): M {
    const { name } = meter.definition;
    if (this.meters.has(name)) throw new Error(`There are two different meters with the name ${name}`);
    this.meters.set(name, meter);
    return meter;
  }
}
