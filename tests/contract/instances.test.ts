import { describe, expect, it } from 'vitest';
import { promptInstances, subjectsOf } from '../../preload/contract/instances.ts';
import { requestSchema } from '../../preload/contract/request.ts';

const request = { version: 1, model: 'm', width: 64, height: 64, caption: 'two dogs', seed: 1 };
const box = { id: 'a', phrase: 'dog', box: [0, 0, 1, 1] };

describe('promptInstances', () => {
  it.each([
    ['two horses and a dog', [['horse', 2], ['dog', 1]]],
    ['A photo of three small red birds', [['small red bird', 3]]],
    ['a dog, a cat and a dog', [['dog', 2], ['cat', 1]]],
    ['people in a park', []],
    ['', []],
  ])('%j', (caption, expected) => {
    expect(promptInstances(caption).map(({ phrase, count }) => [phrase, count])).toEqual(expected);
  }); // prettier-ignore
});

describe('a request', () => {
  it('without boxes says what it counts; with boxes it counts nothing', () => {
    const instances = [{ phrase: 'dog', count: 2 }];
    expect(requestSchema.parse({ ...request, boxes: [], instances }).instances).toEqual(instances);
    expect(requestSchema.parse({ ...request, boxes: [box] }).instances).toEqual([]);
    const problem = (fields: object): unknown => {
      const { error } = requestSchema.safeParse({ ...request, ...fields });
      return error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    };
    expect(problem({ boxes: [] })).toEqual(['boxes must hold a box, unless "instances" says what to count']);
    expect(problem({ boxes: [box], instances })).toEqual(['instances must be empty where there are boxes']);
    expect(problem({ boxes: [], instances: [{ phrase: 'dog', count: 16 }, { phrase: 'cat', count: 15 }] })).toEqual([
      'instances count 31 things, but an image holds at most 30',
    ]); // prettier-ignore
  });

  it('names everything that gets a mask', () => {
    expect(subjectsOf(requestSchema.parse({ ...request, boxes: [box] }))).toEqual([box]);
    const counted = { boxes: [], instances: [{ phrase: 'dog', count: 2 }, { phrase: 'cat', count: 1 }] }; // prettier-ignore
    expect(subjectsOf(counted).map(({ id, phrase }) => [id, phrase])).toEqual([
      ['instance-1', 'dog'],
      ['instance-2', 'dog'],
      ['instance-3', 'cat'],
    ]);
  });
});
