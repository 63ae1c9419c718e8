/** Logarithm of the gamma function, x above 0; relative error near 1e-14. Lanczos' approximation with g = 7 and 9 terms. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const at = x - 1;
  let series = 0.9999999999998099;
  for (const [index, coefficient] of LANCZOS.entries()) series += coefficient / (at + index + 1);
  const base = at + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (at + 0.5) * Math.log(base) - base + Math.log(series);
}

const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905, -0.13857109526572012,
  9.984369578019572e-6, 1.5056327351493116e-7,
] as const;

/** Distribution function of Beta(a, b) at x, by Lentz's continued fraction (Press et al., Numerical Recipes, 6.4). */
export function betaCumulative(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betaCumulative(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x)) / a;
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-14) break;
  }
  return front * fraction;
}

/**
 * Where a model's success rate lies, for people; never what decides. The Beta-binomial posterior with Jeffreys' prior Beta(½, ½), equal
 * tails (Brown, Cai and DasGupta, "Interval estimation for a binomial proportion", Statistical Science 16, 2001). Graded scores
 * count as parts of a success, which makes the interval wider than need be.
 * @param successes sum of scores @param cases how many @param level of credibility
 */
export function credible(successes: number, cases: number, level = 0.95): [low: number, high: number] {
  if (!(successes >= 0 && successes <= cases)) throw new RangeError(`successes: from 0 to ${cases}, not ${successes}`);
  const tail = (1 - level) / 2;
  const at = (probability: number) => {
    let [low, high] = [0, 1];
    for (let halving = 0; halving < 50; halving++) {
      const middle = (low + high) / 2;
      if (betaCumulative(middle, successes + 0.5, cases - successes + 0.5) < probability) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  };
  return [successes === 0 ? 0 : at(tail), successes === cases ? 1 : at(1 - tail)];
}
