/** Density of the standard normal distribution. */
export const density = (z: number): number => Math.exp((-z * z) / 2) * 0.3989422804014327;

/**
 * Distribution function of the standard normal, error below 1.2e-7.
 * By the Chebyshev fit of erfc in Press et al., Numerical Recipes, 6.2.
 */
export function cumulative(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  let fit = 0;
  for (const coefficient of ERFC) fit = fit * t + coefficient;
  const tail = (t * Math.exp(-x * x + fit)) / 2;
  return z >= 0 ? 1 - tail : tail;
}

const ERFC = [
  0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368, -1.26551223,
] as const;

/**
 * The z below which a standard normal falls with this probability; relative error below 1.2e-9.
 * P. J. Acklam's rational approximation (2003).
 * @param probability above 0 and below 1
 */
export function quantile(probability: number): number {
  if (probability > 0.97575) return -quantile(1 - probability);
  if (probability < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(probability));
    return (
      (((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q + 4.374664141464968) * q +
        2.938163982698783) /
      ((((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1)
    );
  }
  const q = probability - 0.5;
  const r = q * q;
  return (
    ((((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r - 30.66479806614716) * r +
      2.506628277459239) *
      q) /
    (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r - 13.28068155288572) * r + 1)
  );
}
