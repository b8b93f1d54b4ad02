import { phraseOfClass, type Instances } from '../../../preload/contract/instances.ts';
import { promptClasses } from '../../../preload/contract/promptClasses.ts';
import { UserError } from '../errors.ts';
import { captionTokens, tokensOf, type BoxTokens } from './boxTokens.ts';
import type { EncodedText } from './clipTokenizer.ts';

/**
 * The tokens of every instance of a prompt, one entry each; those of one class share theirs. A class is found where the
 * prompt counts it, in whatever plural, or else as a box's phrase would be.
 *
 * @throws UserError when the caption does not mention a class where the model reads it: nothing else could tell where
 *   such instances are
 */
export function instanceTokens(
  caption: string,
  instances: readonly Instances[],
  encoded: Pick<EncodedText, 'ranges'>,
): BoxTokens[] {
  const counted = promptClasses(caption);
  return instances.flatMap(({ phrase, count }) => {
    const own = counted.find((one) => phraseOfClass(one) === phrase);
    const tokens: BoxTokens | undefined = own
      ? {
          classTokens: tokensOf(encoded, own.range),
          attributeTokens: own.attributeRanges
            .map((range) => tokensOf(encoded, range))
            .filter((positions) => positions.length > 0),
        }
      : captionTokens(caption, [phrase], encoded).boxes[0];
    if (tokens === undefined || tokens.classTokens.length === 0) {
      throw new UserError(
        `The caption does not mention "${phrase}" where the model reads it, so nothing tells where it is to be: ` +
          `write it into the caption, or draw a box for it.`,
      );
    }
    return Array.from({ length: count }, () => tokens);
  });
}
