/** The mark: a sandglass whose sand is still running. */
export function Logo() {
  return (
    <svg viewBox="0 0 32 32" className="size-7 text-accent" aria-hidden="true">
      <path
        d="M9 5h14M9 27h14M11 5c0 6 5 7 5 11s-5 5-5 11M21 5c0 6-5 7-5 11s5 5 5 11"
        fill="none"
        stroke="currentColor"
        strokeWidth="2.2"
        strokeLinecap="round"
      />
      <path
        d="M12.600 26.300c.5-3 2-4.300 3.400-5.600 1.400 1.300 2.900 2.600 3.400 5.600zM13.300 10.500h5.400c-.6 1.600-1.900 2.700-2.700 3.800-.8-1.100-2.100-2.200-2.700-3.800z"
        fill="currentColor"
      />
    </svg>
  );
}
