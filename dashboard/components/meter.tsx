/** A share as a short bar with its figure. @param share 0 to 1; null where it is not known */
export function Meter({ share, label }: { share: number | null | undefined; label: string }) {
  return (
    <span className="meter">
      <span className="meter-track" aria-hidden="true">
        <span style={{ width: `${Math.min(1, Math.max(0, share ?? 0)) * 100}%` }} />
      </span>
      <span className="meter-label">{label}</span>
    </span>
  );
}
