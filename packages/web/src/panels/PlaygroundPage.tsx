import {type CSSProperties, useEffect, useMemo, useState} from 'react';
import {EditorPane} from '../editor/EditorPane.tsx';
import {HistoryDialog} from '../history/HistoryDialog.tsx';
import {shareWorkspace} from '../share/share-workspace.ts';
import {useSharedLinks} from '../share/use-shared-links.ts';
import type {Playground} from '../state/playground.ts';
import {useStore} from '../state/store.ts';
import {Button} from '../ui/Button.tsx';
import {HelpDialog} from '../ui/HelpDialog.tsx';
import {Icon} from '../ui/Icon.tsx';
import {LinkBanner} from '../ui/LinkBanner.tsx';
import {Notice} from '../ui/Notice.tsx';
import {SPLIT, SplitHandle} from '../ui/SplitHandle.tsx';
import {TopBar} from '../ui/TopBar.tsx';
import {useShortcuts} from '../ui/use-shortcuts.ts';
import {ResultPane} from './ResultPane.tsx';
import {RunBar} from './RunBar.tsx';

type OpenDialog = 'none' | 'help' | 'history';
type Side = 'code' | 'result';

/** The page to write and run code on: beside each other where there is room, else one behind the other. */
export function PlaygroundPage({playground, isShown}: {playground: Playground; isShown: boolean}) {
  const [dialog, setDialog] = useState<OpenDialog>('none');
  const [side, setSide] = useState<Side>('code');
  const [split, setSplit] = useState<number>(SPLIT.initial);
  const isActive = useStore(playground.state, ({session}) => session.kind === 'active');

  const actions = useMemo(
    () => ({
      run: () => playground.run(),
      stop: () => playground.stop(),
      share: () => void shareWorkspace(playground),
      history: () => setDialog('history'),
      help: () => setDialog('help'),
    }),
    [playground],
  );
  useShortcuts(actions, isShown);
  useSharedLinks(playground);
  useEffect(() => {
    if (isActive) setSide('result');
  }, [isActive]);

  return (
    <div className="flex h-full flex-col">
      <TopBar page="playground">
        <Button
          look="quiet"
          className="px-2"
          aria-label="Share a link"
          title="Share a link (Ctrl+S)"
          onClick={actions.share}
        >
          <Icon name="share" />
          <span className="max-md:hidden">Share</span>
        </Button>
        <Button
          look="quiet"
          className="px-2"
          aria-label="History"
          title="History (Ctrl+Shift+H)"
          onClick={actions.history}
        >
          <Icon name="history" />
          <span className="max-md:hidden">History</span>
        </Button>
        <Button look="quiet" className="px-2" aria-label="Help" title="Help (F1)" onClick={actions.help}>
          <Icon name="help" />
        </Button>
      </TopBar>
      <LinkBanner playground={playground} />
      <RunBar playground={playground} />
      <SideSwitch side={side} onChoose={setSide} />
      <main
        // React's type lists no custom properties.
        style={{'--code': `${split}%`} as CSSProperties}
        className="grid min-h-0 flex-1 p-2 pt-0 sm:p-3 sm:pt-0 lg:grid-cols-[calc(var(--code)-0.375rem)_auto_minmax(0,1fr)]"
      >
        <div className={`min-h-0 min-w-0 ${side === 'code' ? '' : 'max-lg:hidden'}`}>
          <EditorPane playground={playground} />
        </div>
        <SplitHandle percent={split} onChange={setSplit} />
        <div className={`min-h-0 min-w-0 ${side === 'result' ? '' : 'max-lg:hidden'}`}>
          <ResultPane playground={playground} />
        </div>
      </main>
      <HelpDialog isOpen={dialog === 'help'} onClose={() => setDialog('none')} />
      <HistoryDialog
        playground={playground}
        isOpen={dialog === 'history'}
        onClose={() => setDialog('none')}
      />
      <Notice playground={playground} />
    </div>
  );
}

/** On a narrow screen: which half is in front. */
function SideSwitch({side, onChoose}: {side: Side; onChoose: (side: Side) => void}) {
  return (
    <fieldset
      className="mx-2 mb-2 grid grid-cols-2 gap-1 rounded-xl bg-raised p-1 lg:hidden"
      aria-label="What to show"
    >
      {(['code', 'result'] as const).map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={side === name}
          onClick={() => onChoose(name)}
          className={`h-8 rounded-lg ${side === name ? 'bg-panel font-medium shadow-sm' : 'text-soft'}`}
        >
          {name === 'code' ? 'Code' : 'Result'}
        </button>
      ))}
    </fieldset>
  );
}
