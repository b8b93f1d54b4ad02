/** Whether shortcuts are written with Command. */
export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
