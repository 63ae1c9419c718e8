import fc from 'fast-check';

// CI judges a change, not chance: the same cases each time. Everywhere else each run tries new ones.
if (process.env['CI']) fc.configureGlobal({ seed: 20261122 });
