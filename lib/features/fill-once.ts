/** @throws Error if the feature was passed twice: the second one would silently replace the first */
export function fillOnce(isFilled: boolean, feature: string): void {
  if (isFilled)
    throw new Error(`The feature \`${feature}\` was passed twice to one collector. An EventCollector has it already: use its options.`);
}
