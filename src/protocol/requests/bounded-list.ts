import * as z from 'zod';

/**
 * A schema of a list. It looks at the length first and stops at the first fault: `z.array` would check every element
 * of a list that is far too long, and collect an issue for each.
 * @param element schema of each element
 * @param most    elements that the list may have
 */
export function boundedList<Element>(element: z.ZodType<Element>, most: number): z.ZodType<Element[]> {
  return z
    .unknown()
    .transform((list, context): Element[] => {
      const refuse = (message: string): never => {
        context.addIssue(message);
        return z.NEVER;
      };
      if (!Array.isArray(list)) return refuse('must be a list');
      if (list.length > most) return refuse(`may have ${most} elements`);
      const elements: Element[] = [];
      for (const [index, value] of (list as unknown[]).entries()) {
        const parsed = element.safeParse(value);
        if (parsed.success) {
          elements.push(parsed.data);
          continue;
        }
        const [issue] = parsed.error.issues;
        context.addIssue({
          code: 'custom',
          message: issue?.message ?? 'is malformed',
          path: [index, ...(issue?.path ?? [])],
        });
        return z.NEVER;
      }
      return elements;
    })
    .meta({
      type: 'array',
      maxItems: most,
      items: z.toJSONSchema(element, { io: 'input', unrepresentable: 'any' }),
    });
}
