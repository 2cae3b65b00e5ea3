// What a bundle that imports `electron` is given by e2e/packaged-main.ts.
import { electron } from '../src-main/hosts/electron/stand-in.fixture.ts';

export const { app, BrowserWindow, dialog, Menu, nativeTheme, Notification, powerMonitor, protocol, screen } = electron;
export const { shell, utilityProcess } = electron;
