/** A ref that sets custom properties through the CSSOM, which a policy without 'unsafe-inline' allows. */
export function setProperties(
  properties: Readonly<Record<`--${string}`, string>>,
): (element: HTMLElement | null) => void {
  return (element) => {
    for (const [name, value] of Object.entries(properties)) {
      element?.style.setProperty(name, value);
    }
  };
}
