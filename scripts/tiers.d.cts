declare const tiers: {
  readonly TIERS: readonly ['unit', 'process', 'sim', 'docs', 'package', 'browser', 'angular'];
  readonly tierOf: (file: string) => (typeof tiers.TIERS)[number];
  readonly filesOf: (tier: (typeof tiers.TIERS)[number]) => string[];
};
export = tiers;
