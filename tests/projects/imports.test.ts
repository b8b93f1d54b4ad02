import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createExampleProject } from '../../main/projects/exampleProject.ts';
import { documentOfLayout, parseLayoutFile } from '../../main/projects/imports/layoutFile.ts';
import { documentSchema } from '../../preload/contract/project.ts';
import { defaults, options, temporaryFolders } from './samples.ts';

const folder = temporaryFolders();
const layout = { version: 1, boxes: [{ id: 'a', phrase: 'brown dog', box: [0, 0, 0.5, 1] }] };

describe('layout files', () => {
  it('become a document of the default size with a caption made from the boxes', () => {
    const document = documentOfLayout(parseLayoutFile(JSON.stringify(layout), 'a.json'), defaults);
    expect(documentSchema.parse(document)).toEqual(document);
    expect(document).toMatchObject({
      width: 128,
      height: 128,
      caption: { text: 'a brown dog', edited: false },
    });
  });

  it('keep their own caption and size', () => {
    const text = JSON.stringify({ ...layout, caption: 'a dog', width: 256, height: 192, negative: 'blurry' });
    expect(documentOfLayout(parseLayoutFile(text, 'a.json'), defaults)).toMatchObject({
      width: 256,
      height: 192,
      negative: 'blurry',
      caption: { text: 'a dog', edited: true },
    });
  });

  it.each([
    ['{', /a.json is not JSON/],
    ['{"version":2}', /a.json: version is 2; this program reads layout version 1/],
    ['{}', /a.json: version is missing/],
    [
      '{"version":1,"boxes":[{"id":"a","phrase":"dog","box":[1,0,0,1]}]}',
      /a.json: boxes.0.box: must be \[x0, y0/,
    ],
  ])('that are wrong are refused: %s', (text, words) => {
    expect(() => parseLayoutFile(text, 'a.json')).toThrow(words);
  });
});

describe('createExampleProject', () => {
  it('makes a project of the first shipped layout and leaves an older example alone', async () => {
    const place = folder();
    const examples = join(place, 'examples');
    mkdirSync(examples);
    await expect(createExampleProject(place, { ...options, examples })).rejects.toThrow(
      /holds no layout files/,
    );
    writeFileSync(join(examples, 'b.json'), JSON.stringify(layout));
    writeFileSync(join(examples, 'a.json'), JSON.stringify({ ...layout, caption: 'from a' }));
    const first = await createExampleProject(place, { ...options, examples });
    const second = await createExampleProject(place, { ...options, examples, layout: 'b.json' });
    expect(first.document.caption.text).toBe('from a');
    expect(second.document.caption.text).toBe('a brown dog');
    await Promise.all([first.close(), second.close()]);
    expect(readdirSync(place).sort()).toEqual(['Example 2.isac', 'Example.isac', 'examples']);
  });
});
