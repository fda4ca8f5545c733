// A screen that is loaded when it is first opened, and says so meanwhile.
import { defineAsyncComponent, type AsyncComponentLoader, type Component } from "vue";
import Loading from "../../parts/Loading.vue";

/** Loads a component when it is first shown. */
export function lazily(loader: AsyncComponentLoader): Component {
  return defineAsyncComponent({ loader, loadingComponent: Loading });
}
