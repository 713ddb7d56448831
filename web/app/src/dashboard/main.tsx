import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import '../style.css';
import '../dashboard.css';
import { Dashboard } from './dashboard';

render(<Dashboard />, document.getElementById('page')!);
