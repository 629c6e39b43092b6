import classes from "./wordmark.module.css";

/** The logo. It always stands beside the product's name, so that it needs no alternative text. */
export function Wheel({ size = 24, turning = false }: { size?: number; turning?: boolean }) {
  return (
    <svg
      className={classes.wheel}
      data-turning={turning || undefined}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      aria-hidden="true"
    >
      <g fill="none" stroke="currentColor" strokeLinecap="round">
        <circle cx="12" cy="12" r="10" strokeWidth="2" />
        <path
          strokeWidth="1.5"
          d="M12 4.500v4M12 15.500v4M4.5 12h4M15.5 12h4M6.7 6.700l2.8 2.800M14.5 14.500l2.8 2.800M17.3 6.700l-2.8 2.800M9.5 14.500l-2.8 2.8"
        />
      </g>
      <circle cx="12" cy="12" r="2.4" fill="currentColor" />
    </svg>
  );
}

export function Wordmark() {
  return (
    <span className={classes.wordmark}>
      <Wheel size={22} />
      <span className={classes.name}>Stagecoach</span>
    </span>
  );
}
