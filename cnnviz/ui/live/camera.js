// The camera: whenever nothing is asked, its newest picture is; what it shows meanwhile is let go.

import { fileOf } from '../shared/files.js';

const QUALITY = 0.9;
const KEPT_QUALITY = 0.95;
const EDGE = 256; // pixels of the shorter edge of what is asked about

/** @param {MediaStream} stream */
const switchOff = (stream) => stream.getTracks().forEach((track) => track.stop());

/** @type {Record<string, 'denied' | 'missing' | 'busy'>} */
const TROUBLES = { NotAllowedError: 'denied', SecurityError: 'denied', NotReadableError: 'busy', AbortError: 'busy' };

export class Camera {
  /**
   * @param {Found} video
   * @param {() => boolean} isWaiting
   * @param {(picture: string) => void} ask
   * @param {(trouble: 'denied' | 'missing' | 'busy' | 'ended') => void} complain
   */
  constructor(video, isWaiting, ask, complain) {
    this.video = video;
    this.isWaiting = isWaiting;
    this.ask = ask;
    this.complain = complain;
    this.turn = 0; // counts how often it was started or stopped
  }

  async start() {
    if (this.video.srcObject) return;
    const turn = ++this.turn;
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    } catch (error) {
      if (turn === this.turn) this.complain(TROUBLES[/** @type {Error} */ (error).name] ?? 'missing');
      return;
    }
    if (turn !== this.turn) {
      switchOff(stream); // it was closed before the visitor had allowed it
      return;
    }
    stream.getTracks().forEach((track) => track.addEventListener('ended', () => this.complain('ended')));
    this.video.srcObject = stream;
    await this.video.play();
    this.watch(turn);
  }

  // At each picture of the camera: no page that is out of sight gets any.
  /** @param {number} turn */
  watch(turn) {
    this.video.requestVideoFrameCallback(() => {
      if (turn !== this.turn) return;
      if (!this.isWaiting()) this.ask(this.draw(EDGE).toDataURL('image/jpeg', QUALITY));
      this.watch(turn);
    });
  }

  // The newest picture, shrunk until its shorter edge is so long.
  /** @param {number} edge */
  draw(edge) {
    const { videoWidth, videoHeight } = this.video;
    const scale = Math.min(edge / Math.min(videoWidth, videoHeight), 1);
    const canvas = /** @type {Found} */ (document.createElement('canvas'));
    Object.assign(canvas, { width: Math.round(scale * videoWidth), height: Math.round(scale * videoHeight) });
    const context = canvas.getContext('2d');
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.video, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  file() {
    return fileOf(this.draw(Infinity), 'camera.jpg', 'image/jpeg', KEPT_QUALITY);
  }

  stop() {
    this.turn += 1;
    if (this.video.srcObject) switchOff(this.video.srcObject);
    this.video.srcObject = null;
  }
}
