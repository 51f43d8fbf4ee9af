// What the server gives scripts and templates. Made by `python scripts/browser_types.py`: do not edit.

import { Part, Text } from './part';

export interface AblationAnswer {
  without: Record<string, number[]>;
  label: string;
  probabilities: Record<string, number>;
  logits: number[];
  original_label: string;
  original: Record<string, number>;
  original_logits: number[];
  classes: ClassShare[];
  evidence: EvidenceChange;
}

export interface AnswerClass {
  name: string;
  probability: number;
  percent: string;
  is_no: boolean;
}

export type AnswerPart = Part<AnswerProps, null>;

export interface AnswerProps {
  value: AnswerValue;
}

export interface AnswerValue {
  label: string;
  percent: string;
  rows: AnswerClass[][];
  others: string;
  seen: InlinePicture;
  seen_heading: string;
  seen_text: string;
  unseen_text: string;
  reach: string;
  unit: UnitLook;
  looking: string;
  alone: string;
  paint: string;
  camera: string;
  camera_wide: string;
  insecure: string;
  forbidden: string;
  follow: string;
  answer_heading: string;
  reliability: string;
  honesty: string;
  look_for: string;
}

export interface ArithmeticFacts {
  row: number;
  column: number;
  rows: number[];
  columns: number[];
  from_picture: boolean;
  inputs: ArithmeticInput[];
  others: ArithmeticOthers;
  bias: number;
  total: number;
  activation_name: string;
  activation: number;
}

export interface ArithmeticInput {
  input: number;
  weights: number[][];
  patch: number[][];
  sum: number;
}

export interface ArithmeticOthers {
  number: number;
  sum: number;
}

export interface AtlasLayer {
  name: string;
  text: string;
  address: string;
  url: string;
  columns: number;
  room: number;
  width: number;
  height: number;
  tiles: AtlasTile[];
  others: AtlasTile[];
  more: string;
}

export type AtlasPart = Part<AtlasProps, null>;

export interface AtlasProps {
  value: AtlasValue;
}

export interface AtlasTile {
  channel: number;
  is_silent: boolean;
  reached: string;
  text: string;
}

export interface AtlasValue {
  heading: string;
  text: string;
  layers: AtlasLayer[];
}

export type CardPart = Part<CardProps, null>;

export interface CardProps {
  value: string;
}

export interface ChannelLink {
  text: string;
  address: string;
}

export interface ChannelStatistics {
  min: number;
  max: number;
  mean: number;
  std: number;
  zero_share: number;
}

export interface ChannelsLayer {
  name: string;
  text: string;
  unit: string;
  num_channels: number;
  field: Field;
  note: string;
  has_kernel: boolean;
  can_switch: boolean;
  has_film: boolean;
}

export type ChannelsPart = Part<ChannelsProps, ChannelsSettings>;

export interface ChannelsProps {
  value: ChannelsValue;
  sheet: SheetAnswer & Reply;
  ranking: RankingAnswer & Reply;
  details: DetailsAnswer & Reply;
  ablation: AblationAnswer & Reply;
  frames: FilmAnswer & Reply;
}

export interface ChannelsSettings {
  words: ChannelsWords;
  colormaps: string[];
  palettes: Record<string, string>;
}

export interface ChannelsValue {
  token: string;
  colors: string[];
  seen: SeenPicture;
  photo: PhotoPicture;
  label: string;
  layers: ChannelsLayer[];
  menu: MenuGroup[];
  layer: string;
}

export interface ChannelsWords {
  settings: string;
  layer: string;
  find_layer: string;
  order: string;
  orders: [string, string][];
  follow: string;
  more: string;
  find: string;
  hide_silent: string;
  gray: string;
  colors: string;
  brightness: string;
  scales: [string, string][];
  up_to: string;
  clip: string;
  clip_title: string;
  show: string;
  shows: [string, string][];
  seen_alt: string;
  hint: string;
  hint_touch: string;
  loading: Text<'name'>;
  lost: string;
  gone: string;
  caption: Text<'name' | 'num_channels' | 'silent' | 'text' | 'unit'>;
  caption_one: Text<'name' | 'text'>;
  computing: string;
  effects: Text<'class'>;
  losses: string;
  telling: Text<'number'>;
  tile: Text<'channel' | 'max' | 'unit' | 'zeros'>;
  tile_silent: Text<'channel' | 'unit'>;
  tile_off: string;
  tiles: Text<'unit'>;
  sight: string;
  reading_map: Text<'channel' | 'column' | 'row' | 'unit' | 'value'>;
  reading_unit: Text<'channel' | 'unit' | 'value'>;
  evidence: Text<'class' | 'first' | 'second'>;
  evidence_colors: string[][];
  evidence_signed: string[];
  adds: Text<'class' | 'value'>;
  seen_by: Text<'across' | 'down' | 'x' | 'y'>;
  unseen: Text<'x' | 'y'>;
  trouble_layer: Text<'name'>;
  trouble_channel: Text<'last' | 'name' | 'number'>;
  trouble_hidden: Text<'name' | 'number' | 'unit'>;
  trouble_switch: Text<'name'>;
  trouble_no_layer: string;
  switches: string;
  switch_mode: string;
  switch_hint: string;
  invert: string;
  reset: string;
  off: Text<'list'>;
  many: Text<'number'>;
  asking: string;
  strongest: string;
  strongest_none: Text<'class' | 'name'>;
  evidence_of: Text<'name'>;
  evidence_change: Text<'after' | 'before'>;
  without: string;
  same_label: Text<'label'>;
  other_label: Text<'label' | 'original_label'>;
  title: Text<'channel' | 'layer' | 'unit'>;
  previous: string;
  next: string;
  switched_off: string;
  link: string;
  close: string;
  large: string;
  large_map: string;
  large_unit: string;
  map_label: Text<'channel' | 'columns' | 'rows'>;
  opacity: string;
  original: string;
  overlay: string;
  overlay_gated: Text<'note'>;
  reading: Text<'column' | 'row' | 'value'>;
  value: Text<'value'>;
  silent: string;
  min: string;
  max: string;
  mean: string;
  zeros: string;
  histogram: Text<'from' | 'to'>;
  bin: Text<'count' | 'from' | 'to'>;
  looks_for: Text<'height' | 'max' | 'reached' | 'width'>;
  bars: Text<'count' | 'from' | 'to'>;
  favourite_alt: Text<'text'>;
  looks_for_nothing: string;
  kernel: Text<'channel'>;
  kernel_colors: Text<'bias'>;
  kernel_gray: Text<'bias'>;
  kernel_strongest: Text<'bias' | 'number' | 'shown'>;
  kernel_slices: Text<'bias' | 'number'>;
  kernel_slice: Text<'bias'>;
  all_colors: string;
  colors_of_light: string[];
  color: Text<'name'>;
  input: Text<'input'>;
  arithmetic: Text<'column' | 'row'>;
  arithmetic_all: string;
  arithmetic_some: Text<'shown'>;
  others: Text<'number'>;
  bias: string;
  total: string;
  through: Text<'name'>;
  unchanged: string;
  sum: Text<'class' | 'layer'>;
  sum_unit: Text<'kind' | 'unit'>;
  sum_others: Text<'number'>;
  sum_silent: Text<'number'>;
  sum_bias: string;
  total_sigmoid: Text<'class' | 'logit' | 'percent'>;
  total_softmax: Text<'class' | 'logit' | 'percent'>;
}

export interface ClassShare {
  index: number;
  name: string;
  probability: number;
  percent: string;
  alone: boolean;
}

export type ColorsPart = Part<ColorsProps, ColorsSettings>;

export interface ColorsProps {
  value: ColorsValue;
}

export interface ColorsSettings {
  words: ColorsWords;
  colormaps: string[];
}

export interface ColorsValue {
  colormap: string;
  scale: string;
}

export interface ColorsWords {
  settings: string;
  colors: string;
  brightness: string;
  scales: [string, string][];
}

export interface ComparisonLayer {
  name: string;
  unit: string;
}

export type ComparisonPart = Part<ComparisonProps, ComparisonSettings>;

export interface ComparisonProps {
  value: ComparisonValue;
  other: OtherAnswer & Reply;
  pair: PairAnswer & Reply;
}

export interface ComparisonSettings {
  words: ComparisonWords;
  palettes: Record<string, string>;
}

export interface ComparisonValue {
  token: string;
  seen: SeenPicture;
  label: string;
  classes: ClassShare[];
  layers: ComparisonLayer[];
  menu: MenuGroup[];
  layer: string;
  example: number;
}

export interface ComparisonWords {
  first: string;
  second: string;
  seen: string;
  answer: Text<'label'>;
  choose: string;
  chooser: string;
  drop: string;
  examples: string;
  settings: string;
  layer: string;
  find_layer: string;
  order: string;
  orders: [string, string][];
  reading: string;
  explain: string;
  asking: string;
  loading: Text<'layer'>;
  lost: string;
  gone: string;
  still: string;
  ranked_mean: Text<'all' | 'differ' | 'layer' | 'unit'>;
  ranked_contribution: Text<'class' | 'layer' | 'total' | 'unit'>;
  equal: Text<'layer' | 'unit'>;
  title: Text<'channel' | 'unit'>;
  more: string[];
  adds: Text<'class' | 'value'>;
  place: Text<'column' | 'row'>;
  columns: string[];
  show_all: Text<'number'>;
}

export type CrowdPart = Part<CrowdProps, null>;

export interface CrowdProps {
  value: CrowdValue;
}

export interface CrowdValue {
  waiting: string;
}

export interface CurveAnswer {
  name: string;
  side: number | null;
  moments: Moment[];
  probabilities: number[];
  percents: string[];
}

export interface DataSetFacts {
  heading: string;
  text: string;
  rows: DataSetRow[];
  low: string;
  high: string;
  at: number;
  favourites_text: string;
  favourites: FavouriteTile[];
}

export interface DataSetRow {
  name: string;
  side: number | null;
  counts: number[];
}

export interface DataSetValue {
  heading: string;
  text: string;
  summary: string;
  headings: string[];
  layers: SurveyedLayer[];
}

export type Data_setPart = Part<Data_setProps, null>;

export interface Data_setProps {
  value: DataSetValue;
}

export interface DetailsAnswer {
  layer: string;
  channel: number;
  shape: number[];
  statistics: ChannelStatistics;
  is_silent: boolean;
  histogram: Histogram;
  strongest: UnitFacts;
  contribution: number | null;
  kernel: KernelFacts | null;
  unit: UnitFacts | null;
  arithmetic: ArithmeticFacts | null;
  looks_for: Pattern | null;
  data_set: DataSetFacts | null;
}

export interface DiagramBlock {
  wide: number;
  top: number;
  bottom: number;
  stripes: DiagramStripe[];
  lines: DiagramLine[];
}

export interface DiagramLine {
  role: string;
  path: string;
}

export interface DiagramStripe {
  role: string;
  left: number;
  top: number;
  wide: number;
  tall: number;
}

export interface DownloadAnswer {
  url: string;
  name: string;
}

export interface Evidence {
  name: string;
  side: number | null;
  before: number;
}

export interface EvidenceCell {
  text: string;
  bars: number[];
}

export interface EvidenceChange {
  name: string;
  side: number | null;
  before: number;
  after: number;
}

export type EvidencePart = Part<EvidenceProps, null>;

export interface EvidenceProps {
  value: EvidenceValue;
}

export interface EvidenceRow {
  name: string;
  cells: EvidenceCell[];
}

export interface EvidenceStage {
  title: string;
  rows: EvidenceRow[];
}

export interface EvidenceValue {
  heading: string;
  sentences: string[];
  columns: string[];
  meanings: string[];
  layer: string;
  bars: string;
  reading: string;
  stages: EvidenceStage[];
}

export interface ExampleTile {
  name: string;
  text: string;
  picture: InlinePicture;
  path: string;
  address: string;
}

export type ExamplesPart = Part<ExamplesProps, ExamplesSettings>;

export interface ExamplesProps {
  value: ExamplesValue;
}

export interface ExamplesSettings {
  max_bytes: number;
}

export interface ExamplesValue {
  heading: string;
  examples: ExampleTile[];
}

export interface FavouriteTile {
  url: string;
  width: number;
  height: number;
  box: [number, number, number, number];
  text: string;
}

export interface Field {
  rows: FieldAxis;
  columns: FieldAxis;
}

export interface FieldAxis {
  size: number;
  stride: number;
  start: number;
  units: number;
  extent: number;
  seen: [number, number];
}

export interface FilmAnswer {
  heading: string;
  text: string;
  row: TileRow;
  frames: FilmFrame[];
}

export interface FilmFrame {
  title: string;
  answer: string;
  largest: string;
}

export type FollowPart = Part<FollowProps, FollowSettings>;

export interface FollowProps {
  value: FollowValue;
  step: WayStep & Reply;
  loss: WayLoss & Reply;
  sum: WaySum & Reply;
}

export interface FollowSettings {
  words: FollowWords;
}

export interface FollowValue {
  token: string;
  seen: SeenPicture;
}

export interface FollowWords {
  title: string;
  intro: string;
  close: string;
  up: string;
  path: string;
  saw: string;
  looks_for: string;
  seen_alt: string;
  choose: string;
  product: Text<'value' | 'weight'>;
  others: Text<'number'>;
  bias: string;
  constant: string;
  total: string;
  through: Text<'name'>;
  gate: Text<'name'>;
  off: string;
  loss: Text<'after' | 'before' | 'class' | 'percent' | 'percent_before'>;
  loss_same: Text<'after' | 'before' | 'class' | 'percent'>;
  how: string;
  gone: string;
  map: Text<'columns' | 'name' | 'rows'>;
  patch: string;
  kernel: string;
  sum: Text<'sum'>;
  rest: Text<'number' | 'others'>;
  only: string;
  with_bias: Text<'bias' | 'total'>;
  result: Text<'function' | 'value'>;
  as_it_is: string;
  play: string;
  pause: string;
  step: string;
}

export type HeaderPart = Part<HeaderProps, null>;

export interface HeaderProps {
  value: HeaderValue;
}

export interface HeaderValue {
  title: string;
  tagline: string;
  tour: string;
  model: string;
  instead: string;
  reason: string;
  assuming: string;
  assumed: string[];
}

export interface Histogram {
  counts: number[];
  edges: number[];
}

export interface InlinePicture {
  src: string;
  width: number;
  height: number;
}

export interface KernelFacts {
  from_picture: boolean;
  num_inputs: number;
  bias: number;
  slices: KernelSlice[];
}

export interface KernelPicture {
  src: string;
  width: number;
  height: number;
  number: number;
  address: string;
  label: string;
  share: string;
  arrow: string;
  side: string;
}

export interface KernelSlice {
  input: number;
  weights: number[][];
}

export type KernelsPart = Part<KernelsProps, null>;

export interface KernelsProps {
  value: KernelsValue;
}

export interface KernelsValue {
  heading: string;
  summary: string;
  about: string;
  kernels: KernelPicture[];
  cut: string;
}

export interface LastStep {
  class: string;
  side: number | null;
  layer: string;
  unit: string;
  values: number[];
  bias: number;
  logit: number;
  percent: string;
  is_sigmoid: boolean;
}

export interface LayerSheet {
  layer: string;
  url: string;
  columns: number;
  map: MapSize;
  signed: boolean;
  limits: number[];
  peaks: number[];
  min: number[];
  max: number[];
  mean: number[];
  zero_share: number[];
}

export interface LayersBlock {
  number: number;
  text: string;
  button: string;
  is_open: boolean;
}

export interface LayersLayer {
  name: string;
  address: string;
  caption: string;
  file: ServedFile;
  file_name: string;
  width: number;
  height: number;
  patches: LayersPatch[];
  tiles: LayersTiles | null;
  block: LayersBlock | null;
}

export type LayersPart = Part<LayersProps, null>;

export interface LayersPatch {
  src: string;
  width: number;
  height: number;
  text: string;
  channel: number;
}

export interface LayersPlace {
  stage: number;
  block: number | null;
}

export interface LayersProps {
  value: LayersValue;
  opened: OpenedAnswer & Reply;
  archive: DownloadAnswer & Reply;
  page: DownloadAnswer & Reply;
}

export interface LayersStage {
  title: string;
  text: string;
  size: string;
  layers: LayersLayer[];
}

export interface LayersTiles {
  number: number;
  columns: number;
  down: number;
  across: number;
  height: number;
  width: number;
  unit: string;
}

export interface LayersValue {
  token: string;
  colormap: string;
  scale: string;
  stages: LayersStage[];
  open_stage: number | null;
  open_blocks: number[];
  places: Record<string, LayersPlace>;
  words: LayersWords;
}

export interface LayersWords {
  download_all: string;
  download_all_holds: string;
  report: string;
  report_holds: string;
  preparing: string;
  download: string;
  full_screen: string;
  look_closer: string;
  tile: string;
  excited: string;
  stages: string;
}

export type LearnedPart = Part<LearnedProps, LearnedSettings>;

export interface LearnedProps {
  value: LearnedValue | null;
  moment: MomentAnswer & Reply;
  curve: CurveAnswer & Reply;
  moments: MomentsAnswer & Reply;
}

export interface LearnedSettings {
  words: LearnedWords;
}

export interface LearnedTile {
  address: string;
  below: string;
  text: string;
}

export interface LearnedTiles {
  row: TileRow;
  tiles: LearnedTile[];
}

export interface LearnedValue {
  token: string;
  moments: Moment[];
  is_growing: boolean;
  menu: MenuGroup[];
  layer: string;
}

export interface LearnedWords {
  heading: string;
  text: string;
  none: string;
  moment: string;
  play: string;
  pause: string;
  next: string;
  answer: string;
  curve: Text<'name' | 'number'>;
  curve_point: Text<'percent' | 'title'>;
  computing: Text<'number'>;
  measured: string;
  probes: string;
  probes_text: string;
  kernels: string;
  kernels_text: string;
  maps: string;
  maps_text: Text<'number'>;
  maps_all: string;
  layer: string;
  find_layer: string;
  settings: string;
  waiting: string;
  gone: string;
}

export interface LegendValue {
  heading: string;
  paragraphs: string[];
  rows: [string, string][];
}

export interface LiveAnswer {
  label: string;
  percent: string;
  rows: AnswerClass[][];
  others: string;
  logit: number | null;
  seen: InlinePicture;
  pictures: InlinePicture[];
}

export type LivePart = Part<LiveProps, LiveSettings>;

export interface LiveProps {
  value: LiveValue;
  live: LiveAnswer & Reply;
}

export interface LiveSettings {
  words: LiveWords;
}

export interface LiveTile {
  name: string;
  text: string;
}

export interface LiveValue {
  label: string;
  percent: string;
  rows: AnswerClass[][];
  others: string;
  evidence: Evidence;
  height: number;
  width: number;
  colormap: string;
  tiles: LiveTile[];
}

export interface LiveWords {
  close: string;
  brush_title: string;
  brush_help: string;
  brush_keys: string;
  canvas: string;
  fill: string;
  gray: string;
  blur: string;
  size: string;
  undo: string;
  clear: string;
  keep: string;
  before: Text<'label' | 'percent'>;
  evidence_of: Text<'name'>;
  evidence_change: Text<'after' | 'before' | 'share'>;
  camera_title: string;
  camera_help: string;
  waiting: string;
  freeze: string;
  video: string;
  seen: string;
  denied: string;
  missing: string;
  busy: string;
  ended: string;
}

export interface MapFacts {
  class: string;
  side: number | null;
  rows: number;
  columns: number;
  values: string;
  field: Field;
  isEmpty: boolean;
  title: string;
  text: string;
}

export interface MapSize {
  rows: number;
  columns: number;
}

export interface MapsAnswer {
  signed: boolean;
  limit: number;
  maps: MapFacts[];
  legend: string[];
}

export interface MenuEntry {
  name: string;
  block: string;
  text: string;
}

export interface MenuGroup {
  title: string;
  entries: MenuEntry[];
}

export interface Moment {
  key: string;
  title: string;
}

export interface MomentAnswer {
  title: string;
  classes: ClassShare[];
  maps: LearnedTiles;
  shows_all: boolean;
  kernels: LearnedTiles | null;
  measured: string[];
  probes: ProbeBar[];
}

export interface MomentsAnswer {
  moments: Moment[];
}

export interface NetworkBlock {
  name: string;
  shape: string;
  wide: number;
  tall: number;
  role: string;
}

export interface NetworkChart {
  light: ServedFile;
  dark: ServedFile;
  text: string;
}

export type NetworkPart = Part<NetworkProps, null>;

export interface NetworkProps {
  value: NetworkValue;
}

export interface NetworkRole {
  role: string;
  text: string;
}

export interface NetworkValue {
  heading: string;
  input: string;
  diagram: string;
  blocks: NetworkBlock[];
  stages: TreeStage[];
  above: number;
  below: number;
  roles: NetworkRole[];
  table: string;
  headings: string[];
  units: string[];
  rows: string[][];
  charts_heading: string;
  charts: NetworkChart[];
}

export type NewsPart = Part<NewsProps, null>;

export interface NewsProps {
  value: NewsValue;
}

export interface NewsValue {
  text: string;
  button: string;
}

export interface OpenedAnswer {
  value: LayersValue;
}

export interface OtherAnswer {
  token: string;
  seen: OtherPicture;
  label: string;
  classes: ClassShare[];
}

export interface OtherPicture {
  url: string;
  rows: number;
  columns: number;
}

export interface PairAnswer {
  layer: string;
  first: LayerSheet;
  second: LayerSheet;
  by: Rankings;
  class: string | null;
  total: number | null;
}

export interface Pattern {
  picture: InlinePicture;
  height: number;
  width: number;
  reached: number;
  is_silent: boolean;
}

export interface PhotoFrame {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface PhotoPicture {
  url: string;
  width: number;
  height: number;
  frame: PhotoFrame;
}

export interface ProbeBar {
  name: string;
  text: string;
  share: number;
}

export interface Rail {
  lane: number;
  lines: string;
}

export interface Ranking {
  values: number[];
  ranking: number[];
}

export interface RankingAnswer {
  layer: string;
  by: string;
  values: number[];
  sheet?: SheetAnswer;
}

export interface Rankings {
  mean: Ranking;
  contribution?: Ranking;
}

export type ReadingPart = Part<ReadingProps, null>;

export interface ReadingProps {
  value: LegendValue;
}

export interface Reply {
  error?: string;
  gone?: true;
  asked: Record<string, any>;
  share?: number;
}

export interface SeenPicture {
  url: string;
  width: number;
  height: number;
  rows: number;
  columns: number;
}

export interface ServedFile {
  path: string;
  url: string;
}

export interface SheetAnswer {
  layer: string;
  url: string;
  columns: number;
  map: MapSize;
  signed: boolean;
  limits: number[];
  peaks: number[];
  min: number[];
  max: number[];
  mean: number[];
  zero_share: number[];
  sum: LastStep | null;
  telling: Telling | null;
}

export interface Stop {
  title: string;
  text: string;
  layer: string | null;
  channel: number | null;
  follow: string[];
  press: string;
  look: string;
}

export type StripPart = Part<StripProps, null>;

export interface StripPhoto {
  src: string;
  width: number;
  height: number;
  name: string;
}

export interface StripProps {
  value: StripValue;
  journey: DownloadAnswer & Reply;
}

export interface StripRow {
  label: string;
  title: string;
  cells: string[];
}

export interface StripStage {
  title: string;
  span: number;
}

export interface StripTile {
  name: string;
  text: string;
  layers: string[];
  picture: InlinePicture;
  unit: UnitLook;
}

export interface StripValue {
  call: string;
  token: string;
  colormap: string;
  save: string;
  saving: string;
  heading: string;
  hint: string;
  hint_touch: string;
  photo: StripPhoto;
  stages: StripStage[];
  tiles: StripTile[];
  label: string;
  percent: string;
  label_class: number | "other";
  rows: StripRow[];
  selected: number;
  bright: string;
  recognisable: string;
}

export interface SurveyedLayer {
  name: string;
  number: string;
  best: ChannelLink[];
  pairs: ChannelLink[];
  more_pairs: string;
  dead: ChannelLink[];
  more_dead: string;
}

export interface Telling {
  values: number[];
  num_photos: number;
}

export interface TileRow {
  src: string;
  width: number;
  height: number;
  number: number;
}

export type TourPart = Part<TourProps, TourSettings>;

export interface TourPlan {
  stops: Stop[];
}

export interface TourProps {
  value: TourValue;
  tour: TourPlan & Reply;
}

export interface TourSettings {
  words: TourWords;
}

export interface TourValue {
  token: string;
}

export interface TourWords {
  count: Text<'number' | 'total'>;
  back: string;
  next: string;
  end: string;
  leave: string;
  waiting: string;
  gone: string;
}

export interface TreeBlock {
  title: string;
  text: string;
  cells: [string, string, string, string];
  drawing: DiagramBlock;
  lanes: number;
  layers: TreeLayer[];
}

export interface TreeLayer {
  name: string;
  text: string;
  is_shown: boolean;
  role: string;
  cells: [string, string, string, string];
  rail: Rail;
}

export interface TreeStage {
  title: string;
  size: string;
  cells: [string, string, string, string];
  wide: number;
  top: number;
  bottom: number;
  blocks: TreeBlock[];
}

export interface TrustAnswer {
  facts: TrustFact[];
  curves: TrustCurve[];
}

export interface TrustCurve {
  name: string;
  text: string;
  shares: number[];
  probabilities: number[];
  random: number[];
}

export interface TrustFact {
  name: string;
  text: string;
}

export interface UnitFacts {
  row: number;
  column: number;
  activation: number;
  box: number[];
}

export interface UnitLook {
  text: string;
  inset: string;
  patch: InlinePicture | null;
}

export type ViewerPart = Part<ViewerProps, null>;

export interface ViewerProps {
  value: ViewerValue;
}

export interface ViewerValue {
  title: string;
  zoom_in: string;
  zoom_out: string;
  fit: string;
  download: string;
  close: string;
}

export interface WayLoss {
  label: string;
  before: string;
  after: string;
  percent: string;
  percent_before: string;
}

export interface WayStep {
  tiles: WayTile[];
  title: string;
  title_is_answer: boolean;
  layer: string | null;
  kind: string;
  value: string;
  text: string;
  through: string;
  box: number[];
  patch: InlinePicture;
  looks_for: Pattern | null;
  terms: WayTerm[];
  others: [string, string] | null;
  bias: string;
  total: string;
  function: string;
  gates: WayTerm[];
  unit: string;
  can_switch: boolean;
  has_kernel: boolean;
}

export interface WaySum {
  row: number;
  column: number;
  rows: number[];
  columns: number[];
  from_picture: boolean;
  inputs: ArithmeticInput[];
  others: ArithmeticOthers;
  bias: number;
  total: number;
  activation_name: string;
  activation: number;
  map: InlinePicture;
  map_size: [number, number];
  name: string;
  function: string;
}

export interface WayTerm {
  unit: string;
  name: string;
  patch: InlinePicture;
  box: number[];
  value: string;
  weight: string;
  adds: string;
  width: number;
  is_against: boolean;
}

export interface WayTile {
  title: string;
  patch: InlinePicture;
}

export interface WhyMethod {
  key: string;
  name: string;
  text: string;
  readsLayer: boolean;
  isShown: boolean;
}

export type WhyPart = Part<WhyProps, WhySettings>;

export interface WhyProps {
  value: WhyValue;
  maps: MapsAnswer & Reply;
  trust: TrustAnswer & Reply;
}

export interface WhySettings {
  words: WhyWords;
  methods: WhyMethod[];
  palettes: Record<string, string>;
}

export interface WhyValue {
  token: string;
  seen: SeenPicture;
  photo: PhotoPicture;
  label: string;
  classes: string[];
  likely: ClassShare[];
  layers: string[];
  menu: MenuGroup[];
  layer: string | null;
}

export interface WhyWords {
  intro: string;
  settings: string;
  more: string;
  methods: string;
  layer: string;
  find_layer: string;
  other: Text<'label'>;
  find_class: string;
  likely: string;
  unlikely: string;
  view: string;
  views: [string, string][];
  opacity: string;
  trusted: string;
  of_layer: Text<'layer'>;
  of_picture: string;
  no_layers: string;
  none: string;
  waiting: string;
  working: string;
  stop: string;
  left: string;
  trust: Text<'class'>;
  lost: string;
  gone: string;
  reading: Text<'column' | 'row' | 'value'>;
  map_label: Text<'columns' | 'rows' | 'title'>;
  help: string;
  helps: [string, string][];
  of_map: string;
  by_chance: string;
  axis: Text<'class'>;
}
