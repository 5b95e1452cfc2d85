/** @throws Error if the place of a feature is filled already: the second one would replace the first without a notice */
export function fillOnce(isFilled: boolean, feature: string): void {
  if (isFilled)
    throw new Error(`The feature \`${feature}\` was passed twice to one collector. An EventCollector has it already: use its options.`);
}
