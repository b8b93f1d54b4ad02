import { z } from 'zod';

/** Version of the layout file format that this program writes. */
export const LAYOUT_VERSION = 1;

/** GLIGEN's grounding tokens per image (diffusers `max_objs`); a layout cannot hold more boxes. */
export const MAX_BOXES = 30;

const share = z.number().min(0).max(1);

/** [xmin, ymin, xmax, ymax] as shares of the image, 0..1, with a positive area. */
export const boxSchema = z
  .tuple([share, share, share, share])
  .refine(([x0, y0, x1, y1]) => x1 > x0 && y1 > y0, 'must be [x0, y0, x1, y1] with x0 < x1 and y0 < y1');

export type Box = z.infer<typeof boxSchema>;

export const layoutBoxSchema = z.strictObject({
  id: z.string().min(1).max(64),
  phrase: z.string().trim().min(1).max(200),
  box: boxSchema,
});

export type LayoutBox = z.infer<typeof layoutBoxSchema>;

/** Image sizes: multiples of 8 pixels (the VAE's factor); the model may narrow this further. */
const side = z.int().min(16).max(2048).multipleOf(8);

/**
 * A layout file, as people write it: what is missing is filled in from the model (size) and the boxes
 * (caption). `bind` lists pairs of box ids that ISAC does not push apart (a rider on a horse).
 */
export const layoutSchema = z
  .strictObject({
    version: z.literal(LAYOUT_VERSION),
    width: side.optional(),
    height: side.optional(),
    caption: z.string().max(2000).optional(),
    negative: z.string().max(2000).optional(),
    /** May be empty when the caption counts what is to be in the image. */
    boxes: z.array(layoutBoxSchema).max(MAX_BOXES),
    bind: z.array(z.tuple([z.string(), z.string()])).default([]),
  })
  .superRefine((layout, context) => {
    if (layout.boxes.length === 0 && (layout.caption ?? '').trim() === '') {
      context.addIssue({
        code: 'custom',
        path: ['boxes'],
        message: 'must hold a box, unless the caption counts things: "two horses and a dog"',
      });
    }
    const ids = new Set<string>();
    layout.boxes.forEach(({ id }, index) => {
      if (ids.has(id)) {
        context.addIssue({
          code: 'custom',
          path: ['boxes', index, 'id'],
          message: `"${id}" is used twice; ids must differ`,
        });
      }
      ids.add(id);
    });
    layout.bind.forEach(([a, b], index) => {
      for (const id of [a, b]) {
        if (!ids.has(id)) {
          context.addIssue({
            code: 'custom',
            path: ['bind', index],
            message: `"${id}" is not the id of a box`,
          });
        }
      }
      if (a === b) {
        context.addIssue({ code: 'custom', path: ['bind', index], message: 'names the same box twice' });
      }
    });
  });

export type Layout = z.infer<typeof layoutSchema>;
