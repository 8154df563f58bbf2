// The page's middle: video with its tag, transport, strip and lanes. All behaviour lies in the modules of web/.
import "nicegui-echart"; // the largest part: fetched from the start, not when the lanes are read
import { Studio } from "slipstream-studio/studio.js";

export default {
  template: `
    <div class="stage" :class="{ 'stage--boxes': mode === 'track' }">
      <section class="screen" aria-label="Video with its tag">
        <div class="picture" ref="picture">
          <video ref="video" preload="auto" playsinline disablepictureinpicture aria-label="Onboard clip"></video>
          <canvas ref="tag" class="layer" role="img" aria-label="The tag as render draws it"></canvas>
          <canvas ref="guides" class="layer" aria-hidden="true"></canvas>
          <div ref="boxes" class="layer boxes" aria-label="Followed cars"></div>
          <div ref="note" class="picture-note" role="status"></div>
          <div ref="badge" class="ab-badge" aria-hidden="true"></div>
        </div>
      </section>
      <section class="transport" aria-label="Playback">
        <div class="group">
          <button data-do="start" aria-label="To the first frame" title="First frame (Home)"><i class="material-icons" aria-hidden="true">skip_previous</i></button>
          <button data-do="back" aria-label="One frame back" title="One frame back (←)"><i class="material-icons" aria-hidden="true">chevron_left</i></button>
          <button data-do="play" class="play" aria-label="Play" title="Play or pause (Space)"><i class="material-icons" aria-hidden="true" ref="playIcon">play_arrow</i></button>
          <button data-do="forward" aria-label="One frame on" title="One frame on (→)"><i class="material-icons" aria-hidden="true">chevron_right</i></button>
          <button data-do="loop" aria-label="Loop two seconds around here" aria-pressed="false" title="Loop ±2 s around here (L)">
            <i class="material-icons" aria-hidden="true">repeat</i><span>±2 s</span>
          </button>
        </div>
        <div class="clock" aria-live="off"><b ref="clock">0:00.000</b><span ref="frame">frame 0</span></div>
        <div class="group right">
          <select ref="speed" aria-label="Playback speed" title="Playback speed">
            <option value="0.1">0.1×</option><option value="0.25">¼×</option><option value="0.5">½×</option>
            <option value="1" selected>1×</option>
          </select>
          <button data-do="sound" aria-label="Sound" aria-pressed="true" title="Sound on or off (M)"><i class="material-icons" aria-hidden="true">volume_up</i></button>
          <span class="rule"></span>
          <button data-do="out" aria-label="Show more of the clip" title="Show more of the clip (−)"><i class="material-icons" aria-hidden="true">zoom_out</i></button>
          <button data-do="in" aria-label="Show less of the clip" title="Show less of the clip (+)"><i class="material-icons" aria-hidden="true">zoom_in</i></button>
        </div>
      </section>
      <section class="timeline" ref="timeline" aria-label="Telemetry under the video; drag sideways to move it">
        <canvas ref="strip" class="strip" tabindex="0" role="slider" aria-label="Position in the clip"
          aria-valuemin="0" aria-valuemax="1" aria-valuenow="0"></canvas>
        <div class="lanes" ref="lanes">
          <div class="gutter" ref="gutter"></div>
          <canvas ref="spectrogram" class="spectrogram" role="img" aria-label="Spectrogram with the engine orders of the telemetry"></canvas>
          <div ref="chart" class="chart" role="img" aria-label="Speed, gap, RPM, gear and pedals">
            <div ref="plot" class="plot"></div>
            <canvas ref="dots" class="layer"></canvas>
          </div>
          <div ref="playhead" class="playhead" aria-hidden="true"></div>
          <div ref="shift" class="shift-note" role="status" aria-live="off"></div>
        </div>
      </section>
    </div>`,
  props: { clip: Object, state: Object, mode: String, preset: String },
  mounted() {
    this.studio = new Studio(this.$refs, this.$el, this.clip, (name, value) => this.$emit(name, value));
    this.studio.settle(this.state, this.mode, this.preset);
  },
  beforeUnmount() {
    this.studio.close();
  },
  watch: {
    state(state) {
      this.studio.settle(state, this.mode, this.preset);
    },
    mode(mode) {
      this.studio.settle(this.state, mode, this.preset);
    },
    preset(preset) {
      this.studio.settle(this.state, this.mode, preset);
    },
  },
  methods: {
    near(news) {
      this.studio.layouts.near(news);
    },
    chunk(news) {
      this.studio.layouts.ready(news);
    },
    refetch(what) {
      this.studio.refetch(what);
    },
    act(name) {
      this.studio.act(name);
    },
    seek(video_time_s) {
      this.studio.player.seek(this.studio.clock.frame(video_time_s));
    },
  },
};
