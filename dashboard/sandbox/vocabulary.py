"""Upstream's enumerations, each in the order in which its error messages list it."""


def words(text: str) -> list[str]:
    return text.split()


RUN_STATUSES = words("created queued running paused timed_out failed terminated completed canceled")
WORKFLOW_RUN_STATUSES = words(
    "created queued running failed terminated canceled timed_out completed paused"
)
RUN_TYPES = words(
    "task_v1 task_v2 task_v3 workflow_run openai_cua anthropic_cua ui_tars yutori_navigator"
)
WORKFLOW_STATUSES = words("published draft auto_generated importing import_failed")
PROXY_LOCATIONS = words("""
    RESIDENTIAL US-CA US-NY US-TX US-FL US-WA RESIDENTIAL_ES RESIDENTIAL_IE RESIDENTIAL_GB
    RESIDENTIAL_IN RESIDENTIAL_JP RESIDENTIAL_FR RESIDENTIAL_DE RESIDENTIAL_NZ RESIDENTIAL_ZA
    RESIDENTIAL_AR RESIDENTIAL_AU RESIDENTIAL_BR RESIDENTIAL_TR RESIDENTIAL_CA RESIDENTIAL_MX
    RESIDENTIAL_IT RESIDENTIAL_NL RESIDENTIAL_PH RESIDENTIAL_KR RESIDENTIAL_SA RESIDENTIAL_ISP
    NONE
""")
ARTIFACT_TYPES = words("""
    recording audio session_replay eval_score eval_trajectory eval_rubrics browser_console_log
    browser_session_action_log skyvern_log skyvern_log_raw screenshot screenshot_llm
    screenshot_action screenshot_final screenshot_proxy screenshot_pre_submit llm_prompt
    llm_request llm_response llm_response_parsed llm_response_rendered
    visible_elements_id_css_map visible_elements_id_frame_map visible_elements_tree
    visible_elements_tree_trimmed visible_elements_tree_in_prompt hashed_href_map
    visible_elements_id_xpath_map html html_scrape html_action html_pre_submit trace har
    script_file pdf step_archive task_archive download unknown
""")
TASK_KINDS = frozenset(
    words("goto_url navigation extraction login file_download validation action task")
)
PAGE_KINDS = TASK_KINDS | frozenset(words("code print_page human_interaction"))
NEWER_THAN_1_0_50 = frozenset(
    words("""
        attempt attempts retry_pending next_attempt_at created_by browser_seed_source
        browser_sink_profile_id browser_settings browser_settings_receipt
    """)
)
