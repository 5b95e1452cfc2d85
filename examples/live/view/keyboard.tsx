import { useInput } from 'ink';
import { actionsOf, type Action } from './keys.js';

/** Listens to the keyboard, if there is one; shows nothing. */
export function Keyboard({ isActive, onAction }: { readonly isActive: boolean; readonly onAction: (action: Action) => void }): null {
  useInput(
    (input, key) => {
      for (const action of actionsOf(input, key)) onAction(action);
    },
    { isActive },
  );
  return null;
}
