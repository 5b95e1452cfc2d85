export const count = (value) => value.toLocaleString('en-US');
export const times = (value) => `${value >= 10 ? value.toFixed(0) : value.toFixed(2)} ×`;
export const percent = (value) => `${(value * 100).toFixed(1)} %`;
export const nanoseconds = (value) => `${count(Number(value.toFixed(value < 100 ? 1 : 0)))} ns`;
export const milliseconds = (value) => `${value.toFixed(1)} ms`;
export const megabytes = (value) => `${value.toFixed(1)} MB`;
export const kilobytes = (value) => `${value.toFixed(1)} kB`;
