interface Props {
  /** 0 to 1; null where it is not known. */
  share: number | null | undefined;
  /** The share in words. */
  label: string;
  tone?: 'own' | 'vendor';
}

/** A share as a short bar with its figure. */
export function Meter({ share, label, tone = 'own' }: Props) {
  return (
    <span className="meter">
      <span className="meter-track" aria-hidden="true">
        <span data-tone={tone} style={{ width: `${Math.min(1, Math.max(0, share ?? 0)) * 100}%` }} />
      </span>
      <span className="meter-label">{label}</span>
    </span>
  );
}
