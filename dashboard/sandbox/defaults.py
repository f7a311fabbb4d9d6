"""Every field of every object that the real server (1.0.56) sends, with its usual value."""

from typing import Any

type Json = dict[str, Any]


def nulls(names: str) -> Json:
    return dict.fromkeys(names.split())


WORKFLOW: Json = {
    **nulls("""
        webhook_callback_url totp_verification_url totp_identifier
        browser_profile_id browser_profile_key model max_screenshot_scrolls
        max_elapsed_time_minutes extra_http_headers cdp_connect_headers browser_type
        sequential_key folder_id import_error created_by edited_by
        original_created_by original_created_at deleted_at
    """),
    "is_saved_task": False,
    "is_template": False,
    "persist_browser_session": False,
    "reuse_browser_session": False,
    "mask_secrets": False,
    "pin_saved_session_ip": False,
    "status": "published",
    "run_with": "agent",
    "ai_fallback": True,
    "cache_key": "default",
    "adaptive_caching": False,
    "enable_self_healing": False,
    "code_version": 2,
    "generate_script_on_terminal": False,
    "run_sequentially": False,
    "copilot_authored": False,
}

DEFINITION: Json = {
    **nulls("""
        finally_block_label error_code_mapping retry_policy workflow_system_prompt
        completion_contract
    """),
    "version": 1,
}

BLOCK: Json = {
    **nulls("next_block_label model"),
    "continue_on_failure": False,
    "disable_cache": False,
    "ignore_workflow_system_prompt": False,
    "next_loop_on_failure": False,
}

# What every block that works on a page has besides.
TASK_BLOCK: Json = {
    **nulls("""
        complete_criterion terminate_criterion navigation_goal data_extraction_goal
        data_schema error_code_mapping max_steps_per_run download_suffix
        totp_verification_url totp_identifier download_timeout
    """),
    "task_type": "general",
    "title": "",
    "engine": "skyvern-1.0",
    "complete_criterion_is_untrusted": False,
    "max_retries": 0,
    "complete_on_download": False,
    "complete_verification": True,
    "include_action_history_in_verification": False,
    "include_extracted_text": True,
}

BLOCKS: dict[str, Json] = {
    "code": {
        **nulls("""
            code error_code_mapping prompt steps data_schema user_owned_goal
            goal_needs_regeneration code_edited_by_hand
        """),
    },
    "http_request": {
        **nulls("url headers body files download_filename secret_response_paths"),
        "method": "GET",
        "timeout": 30,
        "follow_redirects": True,
        "save_response_as_file": False,
    },
    "for_loop": {
        **nulls("loop_blocks loop_over loop_variable_reference data_schema"),
        "complete_if_empty": True,
    },
    "print_page": {
        **nulls("custom_filename"),
        "include_timestamp": True,
        "format": "A4",
        "landscape": False,
        "print_background": True,
    },
    "human_interaction": {
        **TASK_BLOCK,
        **nulls("instructions recipients"),
        "positive_descriptor": "Approve",
        "negative_descriptor": "Reject",
        "timeout_seconds": 300,
        "sender": "hello@skyvern.com",
        "subject": "Human interaction required for workflow run",
        "body": "Your interaction is required for a workflow run!",
        "body_format": "text",
    },
    "wait": {
        "wait_sec": 1,
    },
    "terminate": {
        **nulls("reason error_code"),
    },
}

TIMELINE_BLOCK: Json = {
    **nulls("""
        block_workflow_run_id description engine finish_reason navigation_goal
        data_extraction_goal data_schema terminate_criterion complete_criterion
        recipients attachments subject body prompt instructions positive_descriptor
        negative_descriptor executed_branch_id executed_branch_expression
        executed_branch_result executed_branch_next_block script_run
        downloaded_file_count
    """),
    "include_action_history_in_verification": False,
    "include_extracted_text": True,
}

ACTION: Json = {
    **nulls("""
        source_action_id workflow_run_id skyvern_element_hash skyvern_element_data
        tool_call_id xpath errors data_extraction_goal file_name file_url
        download_triggered downloaded_files is_upload_file_tag
        input_or_select_context option is_checked click_context totp_timing_info
        has_mini_agent created_by
    """),
    "terminal_user_errors": False,
    "download": False,
    "verified": False,
    "skip_auto_complete_tab": False,
}

LIST_ROW: Json = {
    **nulls("""
        retried_from_workflow_run_id browser_session_id browser_profile_id browser_sink_profile_id
        reuse_browser_session debug_session_id extra_http_headers
        cdp_connect_headers totp_verification_url totp_identifier fallback_attempt
        parent_workflow_run_id max_screenshot_scrolls browser_address browser_type
        browser_settings browser_settings_receipt script_run job_id
        depends_on_workflow_run_id sequential_key sequential_credential_id
        ai_fallback code_gen copilot_session_id created_by
    """),
    "browser_seed_source": "fresh",
    "start_fresh_browser": False,
    "attempts": [],
    "run_with": "agent",
    "ignore_inherited_workflow_system_prompt": False,
    "credits_used": 0,
    "cached_credits_used": 0,
}

RUN: Json = {
    **nulls("""
        browser_session_id browser_profile_id max_screenshot_scrolls script_run
        ai_fallback script_id browser_settings_receipt
    """),
    "recording_archived": False,
    "run_type": "workflow_run",
    "run_with": "agent",
    "browser_seed_source": "fresh",
}

RUN_REQUEST: Json = {
    **nulls("""
        totp_url totp_identifier browser_session_id reuse_browser_session
        browser_profile_id max_screenshot_scrolls max_elapsed_time_minutes
        extra_http_headers cdp_connect_headers browser_address ai_fallback run_with
        browser_type run_metadata file_ids
    """),
    "start_fresh_browser": False,
}

RICH_RUN: Json = {
    **nulls("""
        retried_from_workflow_run_id retried_by_workflow_run_id
        totp_verification_url totp_identifier extra_http_headers cdp_connect_headers
        total_cost task_v2 browser_session_id browser_profile_id
        browser_sink_profile_id max_screenshot_scrolls browser_address browser_type
        script_run script_id
    """),
    "recording_archived": False,
    "credits_used": 0,
    "cached_credits_used": 0,
    "browser_seed_source": "fresh",
    "run_with": "agent",
}

ARTIFACT: Json = {
    **nulls("""
        checksum browser_session_id observer_cruise_id observer_thought_id
        ai_suggestion_id
    """),
    "archived": False,
}

BROWSER_SESSION: Json = {
    **nulls("""
        runnable_type runnable_id extensions browser_type browser_profile_id
        browser_settings browser_settings_receipt stream_transport completed_at
        created_by deleted_at warning remaining_lifetime_seconds
    """),
    "timeout": 5,
    "generate_browser_profile": False,
    "vnc_streaming_supported": True,
    "downloaded_files": [],
    "recordings": [],
    "source": "managed",
}

BROWSER_PROFILE: Json = {
    **nulls("""
        description source_browser_type proxy_location proxy_session_id workflow_permanent_id
        browser_profile_key_digest deleted_at last_verified_login_at linked_credential_name
    """),
    "is_managed": False,
}

CREDENTIAL: Json = {
    **nulls("""
        browser_profile_id tested_url user_context folder_id proxy_location proxy_session_id
        created_by
    """),
    "credential_type": "password",
    "vault_type": "skyvern",
    "auto_profile_disabled": False,
    "pin_saved_session_ip": False,
    "save_browser_session_intent": False,
    "run_sequentially": False,
}
