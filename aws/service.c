#include "aws/service.h"

#include <stddef.h>

/* Hosts and signing regions: the endpoint rule sets of the services' own models. IAM and
 * Organizations are global: one host and one signing region a partition. */
const struct service services[SERVICE_COUNT] = {
    [SERVICE_ORGANIZATIONS] =
	{
	    .name = "organizations",
	    .signing_name = "organizations",
	    .endpoint_name = "ORGANIZATIONS",
	    .protocol = PROTOCOL_JSON_1_1,
	    .target = "AWSOrganizationsV20161128",
	    .at =
		{
		    {"aws", "organizations.us-east-1.amazonaws.com", "us-east-1",
		     "organizations-fips.us-east-1.amazonaws.com"},
		    {"aws-cn", "organizations.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1",
		     NULL},
		    {"aws-us-gov", "organizations.us-gov-west-1.amazonaws.com", "us-gov-west-1",
		     "organizations.us-gov-west-1.amazonaws.com"},
		},
	},
    [SERVICE_ACCOUNT] =
	{
	    .name = "account",
	    .signing_name = "account",
	    .endpoint_name = "ACCOUNT",
	    .protocol = PROTOCOL_REST_JSON,
	    .at =
		{
		    {"aws", "account.us-east-1.amazonaws.com", "us-east-1",
		     "account-fips.us-east-1.amazonaws.com"},
		    {"aws-cn", "account.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1", NULL},
		    {"aws-us-gov", "account.us-gov-west-1.amazonaws.com", "us-gov-west-1",
		     "account-fips.us-gov-west-1.amazonaws.com"},
		},
	},
    [SERVICE_IAM] =
	{
	    .name = "iam",
	    .signing_name = "iam",
	    .endpoint_name = "IAM",
	    .protocol = PROTOCOL_QUERY,
	    .version = "2010-05-08",
	    .at =
		{
		    {"aws", "iam.amazonaws.com", "us-east-1", "iam-fips.amazonaws.com"},
		    {"aws-cn", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1", NULL},
		    {"aws-us-gov", "iam.us-gov.amazonaws.com", "us-gov-west-1",
		     "iam.us-gov.amazonaws.com"},
		},
	},
    [SERVICE_STS] =
	{
	    .name = "sts",
	    .signing_name = "sts",
	    .endpoint_name = "STS",
	    .protocol = PROTOCOL_QUERY,
	    .version = "2011-06-15",
	    .at =
		{
		    {"aws", "sts.{r}.amazonaws.com", NULL, "sts-fips.{r}.amazonaws.com"},
		    {"aws-cn", "sts.{r}.amazonaws.com.cn", NULL, NULL},
		    {"aws-us-gov", "sts.{r}.amazonaws.com", NULL, "sts.{r}.amazonaws.com"},
		},
	},
    [SERVICE_COST_EXPLORER] =
	{
	    .name = "ce",
	    .signing_name = "ce",
	    .endpoint_name = "COST_EXPLORER",
	    .protocol = PROTOCOL_JSON_1_1,
	    .target = "AWSInsightsIndexService",
	    .at =
		{
		    {"aws", "ce.us-east-1.amazonaws.com", "us-east-1",
		     "ce-fips.us-east-1.amazonaws.com"},
		    {"aws-cn", "ce.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1", NULL},
		    {"aws-us-gov", "ce.us-gov-west-1.amazonaws.com", "us-gov-west-1", NULL},
		},
	},
    [SERVICE_SSO_ADMIN] =
	{
	    .name = "sso-admin",
	    .signing_name = "sso",
	    .endpoint_name = "SSO_ADMIN",
	    .protocol = PROTOCOL_JSON_1_1,
	    .target = "SWBExternalService",
	    .at =
		{
		    {"aws", "sso.{r}.amazonaws.com", NULL, "sso-fips.{r}.amazonaws.com"},
		    {"aws-cn", "sso.{r}.amazonaws.com.cn", NULL, NULL},
		    {"aws-us-gov", "sso.{r}.amazonaws.com", NULL, "sso.{r}.amazonaws.com"},
		},
	},
    [SERVICE_IDENTITY_STORE] =
	{
	    .name = "identitystore",
	    .signing_name = "identitystore",
	    .endpoint_name = "IDENTITYSTORE",
	    .protocol = PROTOCOL_JSON_1_1,
	    .target = "AWSIdentityStore",
	    .at =
		{
		    {"aws", "identitystore.{r}.amazonaws.com", NULL,
		     "identitystore-fips.{r}.amazonaws.com"},
		    {"aws-cn", "identitystore.{r}.amazonaws.com.cn", NULL, NULL},
		    {"aws-us-gov", "identitystore.{r}.amazonaws.com", NULL,
		     "identitystore.{r}.amazonaws.com"},
		},
	},
    [SERVICE_CODECOMMIT] =
	{
	    .name = "codecommit",
	    .signing_name = "codecommit",
	    .endpoint_name = "CODECOMMIT",
	    .protocol = PROTOCOL_JSON_1_1,
	    .target = "CodeCommit_20150413",
	    .apart = true,
	    .at =
		{
		    {"aws", "codecommit.{r}.amazonaws.com", NULL,
		     "codecommit-fips.{r}.amazonaws.com"},
		    {"aws-cn", "codecommit.{r}.amazonaws.com.cn", NULL, NULL},
		    {"aws-us-gov", "codecommit.{r}.amazonaws.com", NULL,
		     "codecommit-fips.{r}.amazonaws.com"},
		},
	},
    [SERVICE_CLOUDTRAIL] =
	{
	    .name = "cloudtrail",
	    .signing_name = "cloudtrail",
	    .endpoint_name = "CLOUDTRAIL",
	    .protocol = PROTOCOL_JSON_1_1,
	    .target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
	    .at =
		{
		    {"aws", "cloudtrail.{r}.amazonaws.com", NULL,
		     "cloudtrail-fips.{r}.amazonaws.com"},
		    {"aws-cn", "cloudtrail.{r}.amazonaws.com.cn", NULL, NULL},
		    {"aws-us-gov", "cloudtrail.{r}.amazonaws.com", NULL,
		     "cloudtrail.{r}.amazonaws.com"},
		},
	},
    /* The bucket stands in the path, not in the host: an endpoint of one's own works the same. */
    [SERVICE_S3] =
	{
	    .name = "s3",
	    .signing_name = "s3",
	    .endpoint_name = "S3",
	    .protocol = PROTOCOL_REST_XML,
	    .apart = true,
	    .at =
		{
		    {"aws", "s3.{r}.amazonaws.com", NULL, "s3-fips.{r}.amazonaws.com"},
		    {"aws-cn", "s3.{r}.amazonaws.com.cn", NULL, NULL},
		    {"aws-us-gov", "s3.{r}.amazonaws.com", NULL, "s3-fips.{r}.amazonaws.com"},
		},
	},
    [SERVICE_SNS] =
	{
	    .name = "sns",
	    .signing_name = "sns",
	    .endpoint_name = "SNS",
	    .protocol = PROTOCOL_QUERY,
	    .version = "2010-03-31",
	    .apart = true,
	    .at =
		{
		    {"aws", "sns.{r}.amazonaws.com", NULL, "sns-fips.{r}.amazonaws.com"},
		    {"aws-cn", "sns.{r}.amazonaws.com.cn", NULL, NULL},
		    {"aws-us-gov", "sns.{r}.amazonaws.com", NULL, "sns.{r}.amazonaws.com"},
		},
	},
};
